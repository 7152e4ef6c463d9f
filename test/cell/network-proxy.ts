import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** Stands between a node and what it needs, and does to the connections what a bad network does. */
export interface NetworkProxy {
  readonly port: number;
  /** How many connections have come through, ever. */
  connections(): number;
  set(condition: NetworkCondition): void;
  close(): Promise<void>;
}

/**
 * "fine": bytes pass. "slow": each way they come later by `delayMs`, in order. "lossy": connections
 * are cut at random, about one of them every `cutEveryMs`. "cut": every connection is reset, and new
 * ones are refused. "black hole": nothing passes and nobody is told; new connections are accepted and
 * stay silent.
 */
export type NetworkCondition =
  | { readonly kind: "fine" | "cut" | "black hole" }
  | { readonly kind: "slow"; readonly delayMs: number }
  | { readonly kind: "lossy"; readonly cutEveryMs: number };

interface Link {
  readonly client: Socket;
  /** Null where the connection fell into a black hole. */
  readonly target: Socket | null;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

/** `target` is asked for at each connection, so that a proxy may stand before what it leads to does. */
export async function startNetworkProxy(
  target: () => Address,
  below: (limit: number) => number = (limit) => Math.floor(Math.random() * limit),
): Promise<NetworkProxy> {
  const links = new Set<Link>();
  let condition: NetworkCondition = { kind: "fine" };
  let connections = 0;
  let cutting: NodeJS.Timeout | undefined;
  const current = (): NetworkCondition => condition;

  function end(link: Link): void {
    links.delete(link);
    link.client.resetAndDestroy();
    link.target?.resetAndDestroy();
  }

  /** Passes bytes on as the condition has it; what came before passes before what comes later. */
  function pipe(from: Socket, to: Socket): void {
    let turn: Promise<void> = Promise.resolve();
    const pass = (send: () => void): void => {
      const now = current();
      const dueMs = performance.now() + (now.kind === "slow" ? now.delayMs : 0);
      turn = turn.then(async () => {
        const waitMs = dueMs - performance.now();
        if (waitMs > 0) await pause(waitMs);
        if (current().kind !== "black hole" && !to.destroyed) send();
      });
    };
    from.on("data", (bytes: Buffer) => {
      pass(() => void to.write(bytes));
    });
    from.on("end", () => {
      pass(() => void to.end());
    });
  }

  function accept(client: Socket): void {
    connections += 1;
    const { kind } = condition;
    client.on("error", () => undefined);
    if (kind === "cut") {
      client.resetAndDestroy();
      return;
    }
    const isLost = kind === "black hole";
    const toTarget = isLost ? null : connect({ ...target(), allowHalfOpen: true });
    const link = { client, target: toTarget };
    links.add(link);
    client.on("close", () => {
      links.delete(link);
      toTarget?.destroy();
    });
    if (toTarget === null) return;
    toTarget.on("error", () => {
      client.resetAndDestroy();
    });
    toTarget.on("close", () => {
      if (current().kind !== "black hole") client.destroy();
    });
    pipe(client, toTarget);
    pipe(toTarget, client);
  }

  const server = createServer({ allowHalfOpen: true }, accept);
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    set(next) {
      const wasLost = condition.kind === "black hole";
      condition = next;
      clearInterval(cutting);
      // What a black hole has swallowed is missing for good, so its connections cannot go on.
      if (next.kind === "cut" || wasLost) for (const link of [...links]) end(link);
      if (next.kind === "lossy") {
        cutting = setInterval(() => {
          const link = [...links][below(Math.max(1, links.size))];
          if (link !== undefined) end(link);
        }, next.cutEveryMs);
      }
    },
    async close() {
      clearInterval(cutting);
      const closed = new Promise((resolve) => server.close(resolve));
      for (const link of [...links]) end(link);
      await closed;
    },
  };
}
