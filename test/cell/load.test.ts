import { env } from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { printedSeed } from "../support/seed.ts";
import { startBareNodes } from "./bare-nodes.ts";
import { readFinalState } from "./final-state.ts";
import { startLoad } from "./load.ts";
import { prove } from "./prove.ts";
import { countsOf, describeFindings, distributionOf } from "./summary.ts";

/** What the checker says of one healthy node is what it ought to say: nothing. */

const nodesCount = Number(env["MARU_CELL_BARE_NODES"] ?? 1);
const actsMs = Number(env["MARU_CELL_SECONDS"] ?? 5) * 1_000;
const bounds = { openMs: 3_000, visibleMs: 2_000, toldMs: 3_000 };

it("a node alone keeps every promise that the checker knows", async () => {
  const seed = printedSeed("load");
  const nodes = await startBareNodes(nodesCount);
  try {
    const small = { people: 10, steady: 3, movingListeners: 2, friendsEach: 6, pauseMsMax: 60 };
    const load = await startLoad({ urls: nodes.urls, seed, run: String(seed), ...small });
    await pause(actsMs);
    await load.stopActing();
    await pause(bounds.toldMs);
    await load.stopListening();
    const { history, caller } = load;
    const { databaseUrl } = nodes;
    const final = await readFinalState({ databaseUrl, caller, history });
    load.close();
    const verdict = prove(history, final, bounds);
    const counts = countsOf(history);
    console.log(counts, {
      searches: verdict.searches,
      missedForMs: distributionOf(verdict.missedForMs),
      toldAfterMs: distributionOf(verdict.toldAfterMs),
    });
    expect(history.surprises).toEqual([]);
    expect(verdict.findings.length, describeFindings(verdict.findings, history)).toBe(0);
    expect(counts["writesDone"]).toBeGreaterThan(100);
    expect(verdict.searches).toBeGreaterThan(20);
    expect(counts["pages"]).toBeGreaterThan(50);
    expect(counts["storiesTold"]).toBeGreaterThan(50);
  } finally {
    await nodes.stop();
  }
});
