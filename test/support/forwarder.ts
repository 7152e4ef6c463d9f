import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createAccounting } from "../../src/http/exchange.ts";
import { createFailures } from "../../src/http/failures.ts";
import { createForward } from "../../src/http/forward.ts";
import { createReadingServer } from "../../src/http/reading-server.ts";
import { createRequestIds } from "../../src/http/request-id.ts";
import { createResponder } from "../../src/http/respond.ts";
import { unavailable } from "../../src/kernel/problem.ts";
import type { TestHost } from "./http.ts";

/** What a reading thread of a node does with all that memory does not answer: it forwards it to the host. */
export interface Forwarder {
  readonly port: number;
  connections(): number;
  stop(): Promise<void>;
  close(): Promise<void>;
}

export async function startForwarder(server: TestHost): Promise<Forwarder> {
  const { deps, host } = server;
  const folder = await mkdtemp(path.join(tmpdir(), "maru-forwarder-"));
  const socketPath = path.join(folder, "inside.sock");
  await host.listenInside(socketPath);
  const nextRequestId = createRequestIds(deps.clock);
  const accounting = createAccounting(deps);
  const failures = createFailures(
    createResponder(() => false),
    deps.logger,
  );
  const route = accounting.measure("-", "-");
  const { forward, close } = createForward({
    socketPath,
    isClosing: () => false,
    isTrusted: () => false,
    refuse(request, response) {
      const exchange = accounting.begin(nextRequestId(), { request, response, route });
      failures.answer(exchange, unavailable());
    },
  });
  const reading = createReadingServer({
    admitting: (serve) => serve,
    answerAtOnce: () => false,
    forward,
    nextRequestId,
    connectionsMax: 1_000,
    monotonicMs: () => deps.clock.monotonicMs(),
  });
  return {
    // The host's own port is taken; the system gives another.
    port: await reading.listen({ host: "127.0.0.1", port: 0 }),
    connections: reading.connections,
    stop: reading.stop,
    async close() {
      reading.close();
      close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
