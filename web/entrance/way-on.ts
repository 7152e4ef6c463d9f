import { paths } from "../app/paths.ts";
import { addressOf } from "../data/address.ts";

/**
 * Where to go after signing in: where the reader wanted to go, if that is on this site, else to this
 * very page, if it is one that only begins with signing in.
 */
export function wayOn(here: {
  readonly origin: string;
  readonly pathname: string;
  readonly search: string;
  readonly hash: string;
}): string {
  const { origin, pathname, search, hash } = here;
  const isEntrance = pathname === paths.signIn || pathname === paths.signUp;
  const wanted = isEntrance ? new URLSearchParams(search).get("to") : pathname + search + hash;
  return ownPath(wanted ?? paths.feed, origin) ?? paths.feed;
}

/**
 * The path of an address of this site; null for any other. Browsers take backslashes for slashes and
 * leave out line breaks, so it is the browser's own reading that counts, and what it makes of it must
 * not read as the address of another site in turn.
 */
export function ownPath(address: string, origin: string): string | null {
  const url = address.startsWith("/") ? addressOf(address, origin) : null;
  if (url === null) {
    return null;
  }
  const path = url.pathname + url.search + url.hash;
  return url.origin === origin && !path.startsWith("//") ? path : null;
}

/** The same wish, taken along to the other entrance. */
export function withWish(path: string, search: string): string {
  const to = new URLSearchParams(search).get("to");
  return to === null ? path : `${path}?to=${encodeURIComponent(to)}`;
}
