import { readdirSync, readFileSync } from "node:fs";

/** The processes of this machine, where Linux tells of them. */
export interface SeenProcess {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

function readProcess(pid: number): SeenProcess | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // Dead, and not yet buried.
    if (state === "Z" || state === "X") {
      return null;
    }
    const command = readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ");
    return { pid, parent: Number(parent), command };
  } catch {
    return null;
  }
}

/** All that a process has started, and what those have. */
export function descendantsOf(pid: number): readonly SeenProcess[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/u.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
  const found: SeenProcess[] = [];
  const search = (parent: number): void => {
    for (const one of all.filter((other) => other.parent === parent)) {
      found.push(one);
      search(one.pid);
    }
  };
  search(pid);
  return found;
}

export const isAlive = (pid: number): boolean => readProcess(pid) !== null;

/** Those that read media, of this process. */
export const mediaProcesses = (pid = process.pid): readonly SeenProcess[] =>
  descendantsOf(pid).filter(({ command }) => command.includes("media-process.ts"));

/** The threads of a process, by the names that they have given themselves. */
export function threadsOf(
  pid: number,
): readonly { readonly name: string; readonly niceness: number }[] {
  const nicenessField = 16;
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    try {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, "latin1");
      const [, name = ""] = /\((.*)\)/u.exec(stat) ?? [];
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return [{ name, niceness: Number(fields[nicenessField]) }];
    } catch {
      // It has just ended.
      return [];
    }
  });
}
