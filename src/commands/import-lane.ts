import type { Context } from "../kernel/context.ts";
import type { Id } from "../kernel/id.ts";
import type { Graph, ImportedPairResult } from "../modules/graph/contract.ts";
import type { Stories } from "../modules/stories/contract.ts";
import { createBatches, type BatchDeps } from "./import-batches.ts";
import { readEntries, type ImportFile } from "./import-files.ts";
import { parseFriends, parseStory, type Parsed } from "./import-formats.ts";
import { createStoryKeys } from "./import-keys.ts";
import type { Line } from "./import-lines.ts";
import type { People } from "./import-people.ts";
import type { Track } from "./import-progress.ts";
import type { Tally } from "./import-tally.ts";

/** The way of each file into its module: lines, then the people they name, then batches in order. */

export interface LaneDeps {
  readonly file: ImportFile;
  readonly context: Context;
  readonly people: People;
  readonly tally: Tally;
  readonly track: Track;
  readonly batches: BatchDeps;
}

type Outcome = "made" | "known" | { readonly refused: string };

interface Lane<Value, Item> {
  parse(text: string): Parsed<Value>;
  peopleOf(value: Value): readonly string[];
  /** `ids` are those of the people, in their order. */
  itemOf(value: Value, ids: readonly Id[]): Item;
  send(items: readonly Item[]): Promise<readonly Outcome[]>;
}

const withoutAccount = "names a person for whom no account could be made";

async function runLane<Value, Item>(deps: LaneDeps, lane: Lane<Value, Item>): Promise<void> {
  const { file, people, tally, track } = deps;
  interface Sendable {
    readonly line: Line;
    readonly item: Item;
  }

  async function send(batch: readonly Sendable[]): Promise<void> {
    const outcomes = await lane.send(batch.map(({ item }) => item));
    for (const [index, { line }] of batch.entries()) {
      const outcome = outcomes[index] ?? { refused: "was left without an answer" };
      if (outcome === "made") {
        tally.made();
      } else if (outcome === "known") {
        tally.known();
      } else {
        tally.refused(outcome.refused, line.number);
      }
    }
    track.advance(batch.at(-1)?.line.endByte ?? 0, tally.count());
  }

  const batches = createBatches(send, deps.batches, ({ line }) => line.bytes);
  for await (const entries of readEntries(file.path, lane.parse, tally.refused)) {
    deps.batches.stop.throwIfAborted();
    const ids = await people.resolve(entries.flatMap(({ value }) => lane.peopleOf(value)));
    const sendable: Sendable[] = [];
    for (const { line, value } of entries) {
      const numbers = lane.peopleOf(value);
      const known = numbers.map((number) => ids.get(number)).filter((id) => typeof id === "bigint");
      if (known.length === numbers.length) {
        sendable.push({ line, item: lane.itemOf(value, known) });
      } else {
        tally.refused(withoutAccount, line.number);
      }
    }
    await batches.add(sendable);
  }
  await batches.flush();
  track.advance(file.sizeBytes, tally.count());
}

function pairOutcome(result: ImportedPairResult): Outcome {
  switch (result) {
    case "made":
    case "known":
      return result;
    case "oneself":
      return { refused: "names the same account twice" };
    case "friend-limit":
      return { refused: "would give one of the two more friends than allowed" };
    case "blocked":
      return { refused: "names two of whom one blocks the other" };
    case "unknown-account":
      return { refused: "names an account that is not active" };
  }
}

/** In the order of the file, so that it is always the same pairs that a full list refuses. */
export function importFriends(deps: LaneDeps, graph: Graph): Promise<void> {
  return runLane(deps, {
    parse: parseFriends,
    peopleOf: ({ people }) => people,
    itemOf: (_, [one = 0n, other = 0n]) => [one, other] as const,
    async send(pairs) {
      const results = await graph.importFriendships(deps.context, pairs);
      return results.map(pairOutcome);
    },
  });
}

/** In the order of the file, which stories of the same time keep by their ids. */
export function importStories(deps: LaneDeps, stories: Stories, nowMs: number): Promise<void> {
  const keyOf = createStoryKeys();
  return runLane(deps, {
    parse: (line) => parseStory(line, nowMs),
    peopleOf: ({ author }) => [author],
    itemOf: (story, [authorId = 0n]) => ({
      externalKey: keyOf(story),
      authorId,
      atMs: story.atMs,
      text: story.text,
    }),
    send: (items) => stories.importStories(deps.context, items),
  });
}
