/** What was typed after the program's name. */
export interface CommandLine {
  readonly command: string;
  readonly words: readonly string[];
  /** Null: the flag came last, without a value. */
  readonly flags: ReadonlyMap<string, string | null>;
  readonly wantsHelp: boolean;
}

/**
 * A flag has a value, `--port 8081` or `--port=8081`; a switch is `true` where it stands alone, and
 * takes a value by `=` only.
 */
export function parseCommandLine(
  parts: readonly string[],
  switches: ReadonlySet<string>,
): CommandLine {
  const words: string[] = [];
  const flags = new Map<string, string | null>();
  let wantsHelp = false;
  for (let i = 0; i < parts.length; i += 1) {
    const part = parts[i] ?? "";
    const equals = part.indexOf("=");
    if (part === "--help" || part === "-h") {
      wantsHelp = true;
    } else if (!part.startsWith("--")) {
      words.push(part);
    } else if (equals !== -1) {
      flags.set(part.slice(0, equals), part.slice(equals + 1));
    } else if (switches.has(part)) {
      flags.set(part, "true");
    } else {
      i += 1;
      flags.set(part, parts[i] ?? null);
    }
  }
  const [command = "help", ...rest] = words;
  return { command, words: rest, flags, wantsHelp };
}
