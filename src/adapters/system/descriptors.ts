import { readFileSync } from "node:fs";

/** How many files and sockets this process may have open; null where the system does not tell. Node has raised it to the most that it may be. */
export function descriptorsMax(): number | null {
  try {
    const limits = readFileSync("/proc/self/limits", "utf8");
    const [, most] = /^Max open files\s+(\d+)/m.exec(limits) ?? [];
    return most === undefined ? null : Number(most);
  } catch {
    return null;
  }
}
