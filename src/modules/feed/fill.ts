import { present } from "../../kernel/assert.ts";
import type { Context } from "../../kernel/context.ts";
import type { MonotonicMs } from "../../kernel/deadline.ts";
import type { Id } from "../../kernel/id.ts";
import {
  reshareAt,
  storyAt,
  type PackedReshares,
  type PackedStories,
  type ReshareState,
  type Stories,
  type StoryState,
  type WindowChunk,
} from "../stories/contract.ts";
import type { StoryIndex } from "./story-index.ts";

/**
 * Fills the window from the record, newest first, while pages are served and events are applied.
 *
 * It goes in rounds of some chunks. The loading floor is set to the lower end of the whole round
 * before the first of its rows is read, and the floor follows once the last of them is applied. In
 * between the rows of the next chunk are read while those of the last one are applied, in slices
 * with room for readers, and with long rests where readers wait for the record. Any event may come
 * at any moment: it counts if it is at or above the loading floor, whether the rows of its chunk
 * are applied, read or not read yet. What the rows saw of it does not matter, because states carry
 * versions, and an ended reshare stays as a marker. An event that tells of nothing held yet, from
 * below the loading floor, waits in the index until the round is over. And no page looks below the
 * floor, where things are half there.
 */
export interface Fill {
  /**
   * Loads until nothing older is left, the window is nearly full, or `stop` was called. After a
   * failure it may be called again, and goes on.
   */
  run(context: Context): Promise<void>;
  stop(): void;
  done(): boolean;
}

/** Stories and reshares of one chunk: some milliseconds of the database's time, and 400 KB on their way. */
export const chunkSizeMax = 10_000;
/** The first round has one chunk, so that the newest are there at once; each has twice as many as the last. */
const roundChunksMax = 16;
/** Stories that are applied at once: about a millisecond. */
const sliceRowsMax = 2_000;
/** While readers wait it rests after each chunk for so many times as long as the chunk took. */
const restRatio = 1.5;
/** A stop waits for a rest. */
const restMsMax = 250;
/** What stays free for what comes, so that filling up never makes the floor rise. */
const freeShare = 8;

interface Range {
  readonly from: Id;
  readonly below: Id;
}

/** Chunks from the newest on, each below the last. */
interface Round {
  readonly ranges: readonly Range[];
  readonly from: Id;
  applied: number;
}

export function createFill(deps: {
  readonly index: StoryIndex;
  readonly stories: () => Stories;
  readonly chunkSize?: number;
  readonly sliceRows?: number;
  /** Awaited between slices; tests hold it to read while the window is half full. */
  readonly pause?: () => Promise<void>;
  /** Whether readers wait for the record, to which filling then leaves most of its time. */
  readonly isBusy?: () => boolean;
  /** Waits so many milliseconds. */
  readonly rest?: (ms: number) => Promise<void>;
  readonly monotonicMs: MonotonicMs;
}): Fill {
  const { index, monotonicMs } = deps;
  const sliceRows = deps.sliceRows ?? sliceRowsMax;
  const pause =
    deps.pause ?? ((): Promise<void> => new Promise((resolve) => setImmediate(resolve)));
  const isBusy = deps.isBusy ?? ((): boolean => false);
  const rest =
    deps.rest ?? ((ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)));
  const full = index.slotsMax - Math.ceil(index.slotsMax / freeShare);
  const chunkSize = Math.min(deps.chunkSize ?? chunkSizeMax, Math.ceil(index.slotsMax / freeShare));
  let stopped = false;
  let finished = false;
  /** What a failure left unfinished: the index keeps events for it. */
  let unfinished: Round | null = null;
  let chunksNext = 1;

  async function inSlices(count: number, apply: (from: number, to: number) => void): Promise<void> {
    for (let from = 0; from < count; from += sliceRows) {
      apply(from, Math.min(count, from + sliceRows));
      await pause();
    }
  }

  /**
   * Reshares and what they refer to come first and at once: a story shows itself as soon as its
   * state is known, so all of its reshares must be there by then, because it stands at the first.
   */
  async function applyChunk(range: Range, chunk: WindowChunk): Promise<void> {
    const { stories, reshares, targets, targetReshares } = chunk;
    applyReshares(index, reshares);
    index.applyTargets(targets, targetReshares);
    await inSlices(stories.count, (from, to) => {
      index.applyStories(stories, from, to);
    });
    if (index.loadingFloor() > range.from) {
      // Room was made, which frees what no reshare refers to yet: what came before the reshares
      // that refer to it may have gone.
      index.applyTargets(
        [...statesOf(stories), ...targets],
        [...resharesOf(reshares), ...targetReshares],
      );
    }
    await pause();
  }

  /** Where the chunks of a round begin, at most `count` of them; none when nothing lies below the floor. */
  async function findRanges(context: Context, count: number): Promise<readonly Range[]> {
    const ranges: Range[] = [];
    let below = index.floor();
    while (ranges.length < count) {
      const from = await deps.stories().windowStart(context, { below, sizeMax: chunkSize });
      if (from === null) {
        break;
      }
      ranges.push({ from, below });
      below = from;
    }
    return ranges;
  }

  /** Null when nothing older is left. */
  async function beginRound(context: Context): Promise<Round | null> {
    const room = Math.floor((full - index.size()) / chunkSize);
    const count = Math.min(chunksNext, room);
    let ranges = await findRanges(context, count);
    if (ranges.length === 0) {
      // An import may have written there, and its events may have come, while it was looked.
      index.startLoading(0n);
      ranges = await findRanges(context, count);
    }
    const last = ranges.at(-1);
    if (last === undefined) {
      return null;
    }
    chunksNext = Math.min(roundChunksMax, 2 * chunksNext);
    index.startLoading(last.from);
    return { ranges, from: last.from, applied: 0 };
  }

  /** Whether all of it was applied, and not stopped before. */
  async function applyRound(context: Context, round: Round): Promise<boolean> {
    const { ranges } = round;
    const load = (i: number): Promise<WindowChunk> | null => {
      const range = ranges[i];
      const chunk =
        range === undefined || range.below <= index.loadingFloor()
          ? null
          : deps.stories().windowChunk(context, range);
      // It is awaited a slice or many later, or not at all after a failure.
      void chunk?.catch(() => undefined);
      return chunk;
    };
    let coming = load(round.applied);
    while (coming !== null && !stopped) {
      const startMs = monotonicMs();
      const chunk = await coming;
      const mustRest = isBusy();
      coming = mustRest ? null : load(round.applied + 1);
      await applyChunk(present(ranges[round.applied], "the range of a chunk"), chunk);
      round.applied += 1;
      if (mustRest) {
        await rest(Math.min(restMsMax, (monotonicMs() - startMs) * restRatio));
        coming = load(round.applied);
      }
    }
    return coming === null;
  }

  return {
    async run(context) {
      while (!stopped && (unfinished !== null || index.size() + chunkSize <= full)) {
        unfinished ??= await beginRound(context);
        if (unfinished === null) {
          index.finishLoading();
          break;
        }
        const round = unfinished;
        if (await applyRound(context, round)) {
          unfinished = null;
          index.finishLoading();
          if (index.floor() > round.from) {
            // What the reshares of the round refer to did not fit.
            break;
          }
        }
      }
      finished = !stopped;
    },
    stop() {
      stopped = true;
    },
    done: () => finished,
  };
}

function applyReshares(index: StoryIndex, reshares: PackedReshares): void {
  for (let i = 0; i < reshares.count; i += 1) {
    index.applyReshare(reshareAt(reshares, i), false);
  }
}

const statesOf = (stories: PackedStories): readonly StoryState[] =>
  Array.from({ length: stories.count }, (_, i) => storyAt(stories, i));

const resharesOf = (reshares: PackedReshares): readonly ReshareState[] =>
  Array.from({ length: reshares.count }, (_, i) => reshareAt(reshares, i));
