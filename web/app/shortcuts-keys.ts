/** Which keys do what. A command of two keys is pressed one after the other. */
export const shortcuts = {
  next: "j",
  previous: "k",
  open: "o",
  like: "l",
  reply: "r",
  reshare: "s",
  author: "u",
  write: "n",
  search: "/",
  feed: "g h",
  friends: "g f",
  settings: "g s",
  me: "g p",
  help: "?",
} as const;

export type Command = keyof typeof shortcuts;

const commandOf = new Map<string, Command>(
  (Object.entries(shortcuts) as [Command, string][]).map(([command, keys]) => [keys, command]),
);
const firstKeys = new Set(
  [...commandOf.keys()].filter((keys) => keys.includes(" ")).map((keys) => keys.slice(0, 1)),
);

/** The second key of a pair is waited for no longer. */
const pairMsMax = 1_500;

type Press = Pick<KeyboardEvent, "key" | "code" | "shiftKey">;

/**
 * The Latin key of a press. Where Korean or another script is being typed, `key` has its letter, and
 * only the place of the key on the board is the same.
 */
export function latinKey({ key, code, shiftKey }: Press): string {
  if (/^[\x21-\x7e]$/.test(key)) {
    return key;
  }
  if (code === "Slash") {
    return shiftKey ? "?" : "/";
  }
  const letter = /^Key([A-Z])$/.exec(code)?.[1]?.toLowerCase() ?? "";
  return shiftKey ? letter.toUpperCase() : letter;
}

/** Understands presses one after the other; null: nothing yet, or nothing at all. */
export function createKeyReader(): (press: Press, atMs: number) => Command | null {
  let first = "";
  let firstAtMs = 0;
  return (press, atMs) => {
    const key = latinKey(press);
    const pair = first !== "" && atMs - firstAtMs <= pairMsMax ? `${first} ${key}` : "";
    first = "";
    const command = commandOf.get(pair) ?? commandOf.get(key) ?? null;
    if (command === null && firstKeys.has(key)) {
      first = key;
      firstAtMs = atMs;
    }
    return command;
  };
}
