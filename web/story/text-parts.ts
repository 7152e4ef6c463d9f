/** A text cut into what is read and what can be followed. */
export type TextPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly href: string };

const address = /\bhttps?:\/\/[^\s<>"'`）」』】〉》]+|\bwww\.[^\s<>"'`）」』】〉》]+/giu;
/** What ends a sentence after an address, or a Korean particle written right behind it. */
const trailing = /[.,:;!?)\]}…。、！？]+$|[\p{Script=Hangul}]+$/u;
const shownMax = 32;

export function partsOf(text: string): readonly TextPart[] {
  const parts: TextPart[] = [];
  let at = 0;
  for (const match of text.matchAll(address)) {
    const found = trimmed(match[0]);
    const href = safeAddress(found);
    if (href !== null) {
      if (match.index > at) {
        parts.push({ kind: "text", text: text.slice(at, match.index) });
      }
      parts.push({ kind: "link", text: shortened(href), href });
      at = match.index + found.length;
    }
  }
  if (at < text.length) {
    parts.push({ kind: "text", text: text.slice(at) });
  }
  return parts;
}

/** Brackets that the address itself opens belong to it. */
function trimmed(found: string): string {
  let rest = found;
  for (let cut = trailing.exec(rest); cut !== null; cut = trailing.exec(rest)) {
    const next = rest.slice(0, cut.index);
    const closesItsOwn = cut[0] === ")" && next.includes("(") && !next.includes(")");
    if (closesItsOwn) {
      break;
    }
    rest = next;
  }
  return rest;
}

/** The address if it leads to the web, and nowhere else; null for anything that a browser would run. */
export function safeAddress(found: string): string | null {
  const url = URL.parse(/^www\./i.test(found) ? `https://${found}` : found);
  return url !== null && (url.protocol === "https:" || url.protocol === "http:") ? url.href : null;
}

/** Host and the beginning of the path: enough to know where it leads. */
export function shortened(href: string): string {
  const url = new URL(href);
  const host = url.host.replace(/^www\./, "");
  const rest = decoded(`${url.pathname}${url.search}${url.hash}`).replace(/^\/$/, "");
  const whole = `${host}${rest}`;
  return whole.length > shownMax ? `${[...whole].slice(0, shownMax - 1).join("")}…` : whole;
}

function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}
