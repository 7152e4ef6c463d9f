import { addressOf } from "../data/address.ts";
import { hostOf } from "./shown-host.ts";

/** A text cut into what is read and what can be followed. */
export type TextPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly href: string };

const address = /\b(?:https?:\/\/|www\.)[^\s<>"'`（）「」『』【】〈〉《》。、！？，]+/giu;
/** What ends a sentence after an address. */
const trailing = /[.,:;!?)\]}…。、！？，．：；*_~]+$/u;

const cjk = String.raw`[\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]`;
/** Where a host or a word in Latin letters ends and a sentence in Korean or Japanese goes on. */
const gluedToWord = new RegExp(String.raw`(?<=[A-Za-z])${cjk}`, "u");
const particle =
  /^(?:(?:은|는|이|가|을|를|의|에|에서|에는|로|으로|와|과|도|만|까지|부터|라고|라는|입니다|이에요|예요)(?!\p{Script=Hangul})|を|は|が|に|で|と|も|へ|の|から|まで|です)/u;

const addressCharactersMax = 2_048;
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
      parts.push({ kind: "link", text: shortened(href, found), href });
      at = match.index + found.length;
    }
  }
  if (at < text.length) {
    parts.push({ kind: "text", text: text.slice(at) });
  }
  return parts;
}

/** Without what belongs to the sentence around it. */
function trimmed(found: string): string {
  const plain = withoutTrailing(found);
  return withoutTrailing(plain.slice(0, endOfAddress(plain)));
}

function withoutTrailing(found: string): string {
  let rest = found;
  for (let cut = trailing.exec(rest); cut !== null; cut = trailing.exec(rest)) {
    // A bracket that the address itself opens belongs to it.
    const end = cut.index + closedWithin(rest, cut.index);
    if (end === rest.length) {
      break;
    }
    rest = rest.slice(0, end);
  }
  return rest;
}

/** How many of the brackets that begin at `from` close what was opened before them. */
function closedWithin(text: string, from: number): number {
  let open = 0;
  for (const character of text.slice(0, from)) {
    open += character === "(" ? 1 : character === ")" ? -1 : 0;
  }
  let count = 0;
  while (count < open && text[from + count] === ")") {
    count += 1;
  }
  return count;
}

/** People who write without spaces go on right behind an address. */
function endOfAddress(found: string): number {
  const pathAt = found.indexOf("/", found.indexOf("://") + 3);
  const hostEnd = pathAt === -1 ? found.length : pathAt;
  const dotAt = found.lastIndexOf(".", hostEnd);
  // No top-level domain is written in two scripts.
  const inHost = gluedToWord.exec(found.slice(dotAt, hostEnd));
  if (inHost !== null) {
    return dotAt + inHost.index;
  }
  if (pathAt === -1) {
    return found.length;
  }
  if (particle.test(found.slice(pathAt + 1))) {
    return pathAt + 1;
  }
  const inPath = gluedToWord.exec(found.slice(pathAt));
  return inPath === null ? found.length : pathAt + inPath.index;
}

/**
 * The address if it leads to the web, and nowhere else; null for anything that a browser would run.
 * A name and password in front of the host are left out: they make it look like another one.
 */
export function safeAddress(found: string): string | null {
  const url = addressOf(/^www\./i.test(found) ? `https://${found}` : found);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:")) {
    return null;
  }
  url.username = "";
  url.password = "";
  return url.href.length > addressCharactersMax ? null : url.href;
}

/** Host and the beginning of the path: enough to know where it leads. */
export function shortened(href: string, typed = href): string {
  const url = new URL(href);
  const host = hostOf(url, typed).replace(/^www\./, "");
  const rest = decoded(`${url.pathname}${url.search}${url.hash}`).replace(/^\/$/, "");
  const whole = `${host}${rest}`;
  // However long, a host is shown whole: its end is what tells whose it is.
  const max = Math.max(shownMax, host.length + 2);
  return whole.length > max ? `${whole.slice(0, max - 1).replace(halfCharacter, "")}…` : whole;
}

const halfCharacter = /\p{Surrogate}$/u;

/** Characters that cannot be seen, or turn the direction of the others, stay escaped. */
const unseen = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u;

function decoded(path: string): string {
  try {
    const readable = decodeURI(path);
    return unseen.test(readable) ? path : readable;
  } catch {
    return path;
  }
}
