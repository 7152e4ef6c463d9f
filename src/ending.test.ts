import { describe, expect, it } from "vitest";
import { createEnding } from "./ending.ts";
import type { Logger } from "./ports/telemetry.ts";

function recording(): { readonly logger: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  const ignore = (): void => undefined;
  const logger: Logger = {
    debug: ignore,
    info: ignore,
    warn: ignore,
    error: (fields, message) => {
      lines.push(`${(fields as { part: string }).part}: ${message}`);
    },
  };
  return { logger, lines };
}

describe("the end of a node", () => {
  it("comes once, in the reverse order of the start, whatever a part does", async () => {
    const { logger, lines } = recording();
    const ending = createEnding(logger);
    const ended: string[] = [];
    ending.add("first", async () => void ended.push("first"));
    ending.add("hangs", () => new Promise<void>(() => undefined), 5);
    ending.add("fails", () => Promise.reject(new Error("no")));
    ending.add("last", async () => void ended.push("last"), Number.POSITIVE_INFINITY);
    await Promise.all([ending.endAll(), ending.endAll()]);
    expect(ended).toEqual(["last", "first"]);
    expect(lines).toEqual([
      "fails: a part did not end in order",
      "hangs: a part did not end in time",
    ]);
  });
});
