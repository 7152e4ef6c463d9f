import type { NodeName } from "../../tools/cell/types.ts";
import type { NodeNetwork } from "./fault.ts";
import { startNetworkProxy, type NetworkProxy } from "./network-proxy.ts";

/** Proxies between one node of a cell and what that node needs. */
export interface CellNetwork extends NodeNetwork {
  /** The node's variables, which lead to the proxies; of every other node there are none. */
  environmentOf(name: NodeName, targets: CellTargets): Readonly<Record<string, string>>;
  /** Whether the node really comes through here. */
  isUsed(): boolean;
  close(): Promise<void>;
}

/** Where every node would go without a proxy. */
export interface CellTargets {
  readonly databaseUrl: string;
  readonly natsUrls: readonly string[];
}

const natsServers = 3;

export async function startCellNetwork(node: NodeName): Promise<CellNetwork> {
  const databaseUrls: URL[] = [];
  const natsUrls: URL[] = [];
  const leadTo = (urls: readonly URL[], n: number) => () => ({
    host: urls[n]?.hostname ?? "127.0.0.1",
    port: Number(urls[n]?.port ?? 0),
  });
  const toDatabase = await startNetworkProxy(leadTo(databaseUrls, 0));
  const toNats: NetworkProxy[] = [];
  for (let n = 0; n < natsServers; n += 1)
    toNats.push(await startNetworkProxy(leadTo(natsUrls, n)));

  function through(url: URL, proxy: NetworkProxy | undefined): string {
    const changed = new URL(url);
    changed.port = String(proxy?.port ?? 0);
    return changed.href;
  }

  return {
    node,
    toDatabase,
    toNats,
    environmentOf(name, targets) {
      if (name !== node) return {};
      const database = new URL(targets.databaseUrl);
      databaseUrls.splice(0, 1, database);
      natsUrls.splice(0, natsServers, ...targets.natsUrls.map((url) => new URL(url)));
      return {
        MARU_DATABASE_URL: through(database, toDatabase),
        MARU_NATS_URLS: natsUrls.map((url, n) => through(url, toNats[n])).join(","),
      };
    },
    isUsed: () => toDatabase.connections() > 0,
    async close() {
      await Promise.all([toDatabase, ...toNats].map((proxy) => proxy.close()));
    },
  };
}
