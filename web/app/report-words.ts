import { addressOf } from "../data/address.ts";

/**
 * What an error says of itself, without a word of what people wrote: messages of browsers quote the
 * text that they stumbled over, and addresses say whose page it was.
 */

const messageCharactersMax = 300;
const framesMax = 20;
const frameCharactersMax = 300;

/** Names of the program's own, which say what went wrong: `reading 'length'`. */
const ownName = /\b(reading|setting) '([\w$]+)'/g;
const quoted = /"[^"]*"|'[^']*'|`[^`]*`/g;
const anyAddress = /\b[a-z][\w+.-]*:\/\/[^\s"'`)]+/gi;
const handle = /@\w+/g;
const longNumber = /\d{6,}/g;
/** Letters of other scripts are never a browser's own. */
const notAscii = /[^\x20-\x7e]+/g;

export function withoutTexts(message: string): string {
  return message
    .replace(ownName, "$1 <$2>")
    .replace(quoted, "…")
    .replace(anyAddress, placeOf)
    .replace(handle, "@-")
    .replace(longNumber, "#")
    .replace(notAscii, "…")
    .trim()
    .slice(0, messageCharactersMax);
}

/** Of an address, the file of the client that it names, or what kind of address it is. */
function placeOf(address: string): string {
  const { pathname, protocol } = addressOf(address) ?? { pathname: "", protocol: "" };
  return pathname.startsWith("/assets/") ? pathname : `${protocol}…`;
}

/** "at f (https://host/assets/a.js:1:2)" as Chromium writes it, "f@https://…" as the others do. */
const frame = /^\s*(?:at )?(?<name>[^@(]*?)\s*[@(]?(?<at>[a-z][\w+.-]*:\/\/[^\s)]+:\d+:\d+)\)?$/i;

/** The places of a stack: its first lines repeat the message and are left out. */
export function framesOf(stack: string | undefined): readonly string[] {
  return (stack ?? "")
    .split("\n")
    .flatMap((line) => {
      const { name = "", at = "" } = frame.exec(line)?.groups ?? {};
      const url = addressOf(at);
      const where = url === null ? "" : `${name === "" ? "-" : withoutTexts(name)} ${fileOf(url)}`;
      return where === "" ? [] : [where.slice(0, frameCharactersMax)];
    })
    .slice(0, framesMax);
}

function fileOf({ protocol, pathname }: URL): string {
  return protocol.startsWith("http") ? pathname : protocol;
}

/** The path of a page without whom or what it is about, such as `/stories/-`. */
export function pagePath(pathname: string): string {
  return pathname.replace(/^\/@[^/]*/, "/@-").replace(/^\/stories\/[^/]*/, "/stories/-");
}
