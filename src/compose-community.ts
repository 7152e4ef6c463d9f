import type { Config } from "./config.ts";
import type { Community, Home } from "./demo/community.ts";
import type { HttpHost } from "./http/host.ts";
import type { Modules } from "./compose-modules.ts";
import type { AccessLog } from "./ports/telemetry.ts";

/** A node as the home of a sample community. */

/** What the community asks of its own node is left out: a terminal is for what visitors do. */
export function accessLogFor(community: Community | undefined, accessLog: AccessLog): AccessLog {
  return community === undefined
    ? accessLog
    : (entry) => {
        if (!community.actsAs(entry.accountId)) {
          accessLog(entry);
        }
      };
}

/** `api`: where the node listens. */
export function homeOf(
  config: Config,
  parts: Pick<Home, "clock" | "logger"> & {
    readonly modules: Modules;
    readonly api: Pick<HttpHost, "streams">;
  },
  { host, port }: { readonly host: string; readonly port: number },
): Home {
  const { modules, api, clock, logger } = parts;
  // How this machine reaches a server of its own.
  const near = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  const name = near.includes(":") ? `[${near}]` : near;
  return {
    url: `http://${name}:${String(port)}`,
    dataDir: config.dataDir,
    accounts: modules.accounts.contract,
    graph: modules.graph.contract,
    stories: modules.stories.contract,
    clock,
    logger,
    isWatched: () => api.streams() > 0,
  };
}
