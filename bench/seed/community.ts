import { createWriteStream, existsSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { seeded } from "./chance.ts";

/** Files for the import: those that were given, or a community made up by a seeded generator. */
export interface CommunityFiles {
  readonly friends: string;
  readonly stories: string;
  readonly description: string;
}

/** Of the made-up community; shaped like the graph of a real one: most have few friends, some very many. */
const peopleCount = 4_000;
const friendshipsCount = 88_000;
const storiesCount = 50_000;
const skew = 2.2;
const firstDay = Date.UTC(2024, 0, 1);
const dayMs = 86_400_000;
const daysCount = 700;
const syllables = "가나다라마바사아자차카타파하고노도로모보소오조초코토포호이시지기니리미비";

export async function communityFiles(
  given: { readonly friends: string | undefined; readonly stories: string | undefined },
  folder: string,
): Promise<CommunityFiles> {
  if (given.friends !== undefined && given.stories !== undefined) {
    for (const file of [given.friends, given.stories]) {
      if (!existsSync(file)) {
        throw new Error(`there is no file ${file}`);
      }
    }
    return { friends: given.friends, stories: given.stories, description: "the given files" };
  }
  const random = seeded(20_261_120);
  const person = (): number => Math.floor(peopleCount * random() ** skew);
  const friends = join(folder, "friends.txt");
  const pairs = new Set<string>();
  while (pairs.size < friendshipsCount) {
    const [a, b] = [person(), person()];
    if (a !== b) {
      pairs.add(a < b ? `${String(a)} ${String(b)}` : `${String(b)} ${String(a)}`);
    }
  }
  const friendsFile = createWriteStream(friends);
  friendsFile.end([...pairs].join("\n") + "\n");
  const stories = join(folder, "stories.jsonl");
  const storiesFile = createWriteStream(stories);
  for (let i = 0; i < storiesCount; i += 1) {
    const date = new Date(firstDay + Math.floor((i / storiesCount) * daysCount) * dayMs)
      .toISOString()
      .slice(0, 10);
    const length = 10 + Math.floor(120 * random());
    const text = Array.from({ length }, (_, at) =>
      at % 5 === 4 ? " " : (syllables[Math.floor(random() * syllables.length)] ?? "가"),
    ).join("");
    storiesFile.write(
      `${JSON.stringify({ author: person(), date, text: `${text} ${String(i)}` })}\n`,
    );
  }
  storiesFile.end();
  await Promise.all([finished(friendsFile), finished(storiesFile)]);
  return { friends, stories, description: "a community made up by a seeded generator" };
}
