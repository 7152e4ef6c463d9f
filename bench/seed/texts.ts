import { readFile } from "node:fs/promises";
import { parseDraft, type Draft } from "../../src/modules/stories/draft.ts";

/** The texts of a file of stories, as publishing would store each: checked, with language and link. */
export async function readDrafts(storiesFile: string): Promise<readonly Draft[]> {
  const lines = (await readFile(storiesFile, "utf8")).split("\n").filter((line) => line !== "");
  return lines.map((line) => parseDraft({ text: (JSON.parse(line) as { text: string }).text }));
}
