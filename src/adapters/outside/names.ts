import { Resolver } from "node:dns/promises";

/** All addresses of a name, IPv4 before IPv6; none where it has none, or nobody can tell. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

export interface ResolveOptions {
  /** Name servers with their ports; those of this machine where they are not given. */
  readonly servers?: readonly string[];
  readonly queryMs?: number;
}

const queryMsDefault = 2_000;
const triesMax = 2;

/**
 * Asks name servers. `getaddrinfo` is not asked, because it takes one of the few threads that files are
 * read by too, for as long as a slow name server likes. So names must be whole: neither the hosts file
 * nor search domains are looked at.
 */
export function createResolve({ servers, queryMs = queryMsDefault }: ResolveOptions = {}): Resolve {
  return async (hostname) => {
    const resolver = new Resolver({ timeout: queryMs, tries: triesMax });
    if (servers !== undefined) {
      resolver.setServers(servers);
    }
    const found = await Promise.allSettled([
      resolver.resolve4(hostname),
      resolver.resolve6(hostname),
    ]);
    return found.flatMap((family) => (family.status === "fulfilled" ? family.value : []));
  };
}
