/** So much of a path that a client chose is told. */
const pathCharactersMax = 256;

/** RFC 6901; cut where a client chose absurdly long keys. `base` is a pointer already. */
export function jsonPointer(path: readonly (string | number)[], base = ""): string {
  const pointer = path.map((part) => `/${escaped(String(part))}`).join("");
  return `${base}${pointer}`.slice(0, pathCharactersMax).toWellFormed();
}

function escaped(part: string): string {
  return part.replaceAll("~", "~0").replaceAll("/", "~1");
}
