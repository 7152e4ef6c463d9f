import { open, stat } from "node:fs/promises";
import { UsageError } from "./command.ts";
import { parseStory, type Parsed } from "./import-formats.ts";
import { readLines, type Line } from "./import-lines.ts";

/** The files of an import: whether they can be read, and what stands in them. */

export interface ImportFile {
  readonly path: string;
  readonly sizeBytes: number;
}

/** A file that can be read, and more than once; otherwise a usage error that says why not. */
export async function checkFile(flag: string, path: string): Promise<ImportFile> {
  try {
    const found = await stat(path);
    if (!found.isFile()) {
      const what = found.isDirectory() ? "is a folder" : "is no plain file";
      throw new UsageError(`${flag}: ${path} ${what}.`);
    }
    await (await open(path)).close();
    return { path, sizeBytes: found.size };
  } catch (error) {
    if (error instanceof UsageError) {
      throw error;
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${flag}: ${path} cannot be read: ${reason}`, { cause: error });
  }
}

/** A line that says something, with what it says. */
export interface Entry<T> {
  readonly line: Line;
  readonly value: T;
}

/** Chunk by chunk, the lines with content; those that cannot be used are told to `refuse`. */
export async function* readEntries<T>(
  path: string,
  parse: (text: string) => Parsed<T>,
  refuse: (reason: string, line: number) => void,
): AsyncGenerator<readonly Entry<T>[]> {
  for await (const lines of readLines(path)) {
    const entries: Entry<T>[] = [];
    for (const line of lines) {
      const value = "fault" in line ? { refused: line.fault } : parse(line.text);
      if (value === null) {
        continue;
      }
      if (typeof value === "object" && "refused" in value) {
        refuse(value.refused, line.number);
      } else {
        entries.push({ line, value });
      }
    }
    yield entries;
  }
}

/** The time of the oldest story in the file; null where there is none. */
export async function oldestStoryMs(
  file: ImportFile,
  nowMs: number,
  stop: AbortSignal,
): Promise<number | null> {
  let oldestMs: number | null = null;
  const entries = readEntries(
    file.path,
    (text) => parseStory(text, nowMs),
    () => undefined,
  );
  for await (const chunk of entries) {
    stop.throwIfAborted();
    for (const { value } of chunk) {
      oldestMs = Math.min(oldestMs ?? value.atMs, value.atMs);
    }
  }
  return oldestMs;
}
