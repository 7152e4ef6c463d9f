import { LinkifyIt } from "linkify-it";

/** Longer addresses than this break in too many browsers and proxies. */
export const linkCharactersMax = 2048;

export interface Link {
  readonly url: string;
  readonly title: string | null;
  readonly description: string | null;
  /** Of its picture; links of before there were pictures have none. */
  readonly imagePath?: string | null;
}

/** Why an address cannot be a story's link. */
export type LinkFault = "not-a-url" | "not-http" | "has-credentials" | "too-long";

/**
 * The address as browsers spell it, or what is wrong with it. Credentials are refused, because
 * whoever shares them rarely means to, and `https://bank.example@evil.example` deceives.
 */
export function normalizeUrl(
  text: string,
): { readonly url: string } | { readonly fault: LinkFault } {
  if (text.length > linkCharactersMax) {
    return { fault: "too-long" };
  }
  const url = URL.parse(text);
  if (url === null) {
    return { fault: "not-a-url" };
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return { fault: "not-http" };
  }
  if (url.username !== "" || url.password !== "") {
    return { fault: "has-credentials" };
  }
  // Characters outside ASCII grow when they are escaped.
  return url.href.length > linkCharactersMax ? { fault: "too-long" } : { url: url.href };
}

export function linkTo(url: string): Link {
  return { url, title: null, description: null, imagePath: null };
}

/** Finds `http://…`, `https://…` and, because people write it so, `www.…`; nothing else. */
const linkify = new LinkifyIt({
  fuzzyLink: true,
  fuzzyEmail: false,
  fuzzyIP: false,
  // Taken for a part of the address, so that it is refused whole and not cut to something else.
  urlAuth: true,
  maxLength: linkCharactersMax,
})
  .add("ftp:", null)
  .add("mailto:", null)
  .add("//", null);

const couldHoldLink = /https?:\/\/|www\./iu;
/** People who write without spaces put an address right behind a word. */
const addressBehindWord = /(?<=[^\p{ASCII}])(?=https?:\/\/)/giu;

/** The first link of a text that is fit to be shown, or null. */
export function findLink(text: string): Link | null {
  if (!couldHoldLink.test(text)) {
    return null;
  }
  for (const match of linkify.match(text.replace(addressBehindWord, " ")) ?? []) {
    if (match.schema === "" && !/^www\./iu.test(match.raw)) {
      continue;
    }
    const found = normalizeUrl(match.url);
    if ("url" in found) {
      return linkTo(found.url);
    }
  }
  return null;
}
