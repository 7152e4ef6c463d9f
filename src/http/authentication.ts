import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { sessionCookieName } from "../ports/session-cookie.ts";
import { crossSite } from "./problems.ts";

/** How a request says who asks. "malformed": an Authorization header that is no bearer token. */
export type Credential =
  { readonly token: string; readonly by: "header" | "cookie" } | "malformed" | null;

const bearer = /^bearer +([\x21-\x7e]{1,512}) *$/i;
const cookieToken = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{1,512}$/;

/** The header goes before the cookie, because a script that sends it means it. */
export function credentialOf(headers: IncomingHttpHeaders): Credential {
  const { authorization, cookie } = headers;
  if (authorization !== undefined) {
    const token = bearer.exec(authorization)?.[1];
    return token === undefined ? "malformed" : { token, by: "header" };
  }
  return cookie === undefined ? null : fromCookie(cookie);
}

function fromCookie(header: string): Credential {
  const prefix = `${sessionCookieName}=`;
  const value = header
    .split(";")
    .map((part) => part.trim())
    .find((part) => part.startsWith(prefix))
    ?.slice(prefix.length);
  return value !== undefined && cookieToken.test(value) ? { token: value, by: "cookie" } : null;
}

/**
 * Refuses a request that changes something by cookie unless the browser tells that it comes from
 * this site: another site's page can make a browser send the cookie, but cannot forge these
 * headers. `hosts` are the names by which this site is known.
 */
export function refuseCrossSite(headers: IncomingHttpHeaders, hosts: readonly string[]): void {
  const site = headers["sec-fetch-site"];
  const sameSite =
    site === undefined
      ? isOwnOrigin(headers.origin, hosts)
      : site === "same-origin" || site === "none";
  if (!sameSite) {
    throw crossSite();
  }
}

function isOwnOrigin(origin: string | undefined, hosts: readonly string[]): boolean {
  const url = origin === undefined ? null : URL.parse(origin);
  return url !== null && hosts.includes(url.host.toLowerCase());
}

/**
 * An address, or a name without a dot: one that no stranger can register and then let lead to this
 * machine, to make a page of theirs look like ours.
 */
function isNobodysName(host: string): boolean {
  const name = URL.parse(`http://${host}`)?.hostname ?? "";
  return isIP(name.replace(/^\[|\]$/g, "")) !== 0 || !name.includes(".");
}

/**
 * For the operators' port, where nobody signs in: refuses what a page of another site asks a
 * browser to do. Programs send none of these headers.
 */
export function refuseOtherPages(headers: Readonly<Record<string, string | undefined>>): void {
  const { origin, host = "", "sec-fetch-site": site = "none" } = headers;
  const isOwn =
    origin === undefined || (isOwnOrigin(origin, [host.toLowerCase()]) && isNobodysName(host));
  if (!isOwn || (site !== "same-origin" && site !== "none")) {
    throw crossSite();
  }
}
