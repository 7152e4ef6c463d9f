/** How a generated page of docs/reference is written, or compared with `--check`. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { projectRoot } from "./steps.ts";

/** Writes the page; with `--check` only says, by the exit code too, that it is out of date. */
export async function publishReference(file: string, text: string): Promise<void> {
  const target = path.join(projectRoot, file);
  const present = await readFile(target, "utf8").catch(() => null);
  if (present === text) return;
  if (process.argv.includes("--check")) {
    console.error(`out of date: ${file}; run npm run fix`);
    process.exitCode = 1;
    return;
  }
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, text);
}

/** A table of Markdown. A bar in a cell would end it, so it is escaped. */
export function markdownTable(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(heads), line(heads.map(() => "---")), ...rows.map(line)].join("\n");
}
