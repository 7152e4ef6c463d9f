import type { Logger } from "./ports/telemetry.ts";

/** Ends the parts of a node in the reverse order of their start. */
export interface Ending {
  /** A part that has been started. It is waited for no longer than this, by default a few seconds. */
  add(name: string, end: () => Promise<void>, withinMs?: number): void;
  /** Safe to call again: every call gets the same end. */
  readonly endAll: () => Promise<void>;
}

/** A part that waits for a PostgreSQL that hangs must not keep the others from ending. */
const withinMsDefault = 2_000;
/** The longest delay that a Node.js timer takes. */
const timerMsMax = 2 ** 31 - 1;

interface Part {
  readonly name: string;
  readonly end: () => Promise<void>;
  readonly withinMs: number;
}

export function createEnding(logger: Logger): Ending {
  const parts: Part[] = [];
  let ended: Promise<void> | null = null;

  async function endPart({ name, end, withinMs }: Part): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<"late">((resolve) => {
      timer = setTimeout(resolve, Math.min(withinMs, timerMsMax), "late");
    });
    try {
      if ((await Promise.race([end(), tooLate])) === "late") {
        logger.error({ part: name, withinMs }, "a part did not end in time");
      }
    } catch (error) {
      logger.error({ part: name, error }, "a part did not end in order");
    } finally {
      clearTimeout(timer);
    }
  }

  async function endInTurn(): Promise<void> {
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
      await endPart(part);
    }
  }

  return {
    add(name, end, withinMs = withinMsDefault) {
      parts.push({ name, end, withinMs });
    },
    endAll() {
      ended ??= endInTurn();
      return ended;
    },
  };
}
