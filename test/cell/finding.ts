import type { History, Write } from "./history.ts";

/** What a run must have kept to. */
export type Proof =
  | "written once"
  | "hidden stays hidden"
  | "feeds are whole and in order"
  | "counters equal rows"
  | "live streams tell each story once"
  | "ids are unique";

/** A promise that was broken, with the records that show it. */
export interface Finding {
  readonly proof: Proof;
  readonly what: string;
  /** Where in the run; null for what was found at its end. */
  readonly atMs: number | null;
  readonly records: readonly unknown[];
}

export interface Bounds {
  /** For how long after it was sent a request without an answer may still be carried out. */
  readonly openMs: number;
  /** Within what time after its answer a write is seen by everybody else. */
  readonly visibleMs: number;
  /** Within what time after its answer a story is told to those who listen, however they reconnect. */
  readonly toldMs: number;
}

const recordsMax = 8;

/** The latest writes that may explain how a reader and an author stand, or how a story is. */
export function writesAbout(
  history: History,
  about: {
    readonly storyId: string;
    readonly people: readonly [string, string];
    readonly untilMs: number;
  },
): readonly Write[] {
  const { storyId, people, untilMs } = about;
  return history.writes
    .filter(({ by, command, id, begunAtMs }) => {
      if (begunAtMs > untilMs) return false;
      if (id === storyId) return true;
      if ("otherId" in command) return people.includes(by) && people.includes(command.otherId);
      return command.kind !== "comment" && "storyId" in command && command.storyId === storyId;
    })
    .slice(-recordsMax);
}
