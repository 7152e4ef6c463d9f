import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import type { Reach } from "./addresses.ts";
import { Faulty } from "./fault.ts";
import type { Resolve } from "./names.ts";

const portOf: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };
const redirects: readonly number[] = [301, 302, 303, 307, 308];
/** More addresses than this are not tried one after another. */
const addressesTriedMax = 4;

/** Where to ask, without credentials. Throws a fault for what is not asked whatever it resolves to. */
export function targetOf(text: string, ports: readonly number[], base?: URL): URL {
  const url = URL.parse(text, base);
  const port = url === null ? undefined : portOf[url.protocol];
  if (url === null || port === undefined) {
    throw new Faulty("not_http");
  }
  if (!ports.includes(url.port === "" ? port : Number(url.port))) {
    throw new Faulty("forbidden_address");
  }
  url.username = "";
  url.password = "";
  return url;
}

/** Where an answer leads; null: it leads nowhere, and is one. */
export function redirectOf(
  response: IncomingMessage,
  from: URL,
  ports: readonly number[],
): URL | null {
  if (!redirects.includes(response.statusCode ?? 0)) {
    return null;
  }
  const { location } = response.headers;
  if (location === undefined) {
    throw new Faulty("broken");
  }
  return targetOf(asWritten(location), ports, from);
}

/** Headers are read as Latin-1, and many write addresses as UTF-8. */
function asWritten(header: string): string {
  const text = Buffer.from(header, "latin1").toString("utf8");
  return text.includes("\ufffd") ? header : text;
}

/** As sockets and DNS know it: without the brackets of IPv6. */
export function hostOf({ hostname }: URL): string {
  return hostname.startsWith("[") ? hostname.slice(1, -1) : hostname;
}

/**
 * Every one of them may be reached; a name that also leads where nothing may go is not asked at all.
 * That is never so by chance, and nobody need think about which of them a connection would try.
 */
export async function addressesOf(
  hostname: string,
  { resolve, reach }: { readonly resolve: Resolve; readonly reach: Reach },
): Promise<readonly string[]> {
  const isAddress = isIP(hostname) !== 0;
  const addresses = isAddress ? [hostname] : await resolve(hostname).catch(() => []);
  if (addresses.length === 0) {
    throw new Faulty("unreachable");
  }
  if (!addresses.every(reach)) {
    throw new Faulty("forbidden_address");
  }
  return addresses.slice(0, addressesTriedMax);
}
