import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { expect, it } from "vitest";
import { startCell } from "../../tools/cell/cell.ts";
import type { Cell, CellOptions } from "../../tools/cell/types.ts";
import { randomFrom } from "../support/random.ts";
import { printedSeed } from "../support/seed.ts";
import { startCellNetwork } from "./cell-network.ts";
import { drawFaults } from "./faults.ts";
import { readFinalState } from "./final-state.ts";
import type { Bounds } from "./finding.ts";
import { startLoad } from "./load.ts";
import { prove } from "./prove.ts";
import { prepareShortages } from "./shortages.ts";
import { reportKinds, runRounds, tableOf } from "./rounds.ts";
import { countsOf, describeFindings, distributionOf } from "./summary.ts";

/**
 * A whole cell under load, hit by one fault after another. MARU_CELL_ROUNDS says how many, and
 * MARU_TEST_SEED repeats their order; from `longFrom` rounds on what stands still does so for longer.
 * MARU_CELL_FAULTS takes only the kinds in whose names it stands.
 */

const rounds = Number(env["MARU_CELL_ROUNDS"] ?? 10);
const longFrom = 30;
const stopMs = rounds >= longFrom ? 30_000 : 8_000;
const wanted = env["MARU_CELL_FAULTS"] ?? "";
/** Above a request's own time limit in a node. */
const answeringMs = 15_000;
/**
 * Whoever gave positions may be gone for its lease, and the next may be the node to which everything is
 * far. How long it really took is told with the figures.
 */
const visibleMs = 10_000;
const bounds: Bounds = { openMs: stopMs + answeringMs, visibleMs, toldMs: 30_000 };
/**
 * Nobody may notice a rolling restart; but where other programs take the cores, a client gives up on what is only
 * slow. Whoever asks for the faults by name sees to it that the machine does nothing else.
 */
const lateShareMax = wanted === "" ? 0.01 : 0;
/** PostgreSQL's own user passes through. */
const traversableMode = 0o711;
const patienceMs = (rounds + 5) * (stopMs + 60_000);
const resultsFolder = join(import.meta.dirname, "..", "..", "bench", "results");

it(
  `${rounds} faults lose nothing, double nothing, show nothing hidden and stop nobody`,
  async () => {
    const seed = printedSeed("cell");
    const random = randomFrom(seed);
    const say = (line: string): void => {
      console.log(line);
    };
    // On a disk, as in service; it stays where the run fails, with the logs in it.
    const dataDir = await mkdtemp(join(tmpdir(), "maru-cell-"));
    await chmod(dataDir, traversableMode);
    say(`data and logs: ${dataDir}`);
    const network = await startCellNetwork("node-3");
    const shortages = await prepareShortages(dataDir);
    const options: CellOptions = {
      dataDir,
      environmentOf: (name, targets) => ({
        ...network.environmentOf(name, targets),
        ...shortages.environmentOf(name),
      }),
      onEvent: say,
    };
    let cell: Cell | null = null;
    try {
      cell = await startCell(options);
      const hasNetwork = network.isUsed();
      if (!hasNetwork) say("No node of the cell goes through the proxies: no network faults.");
      const faults = drawFaults(rounds, random, { hasNetwork, shortages, wanted });
      const load = await startLoad({ urls: cell.balancerUrls, seed, run: `s${seed}` });
      const { history, caller } = load;
      const scene = { cell, random, stopMs, network: hasNetwork ? network : null, shortages };
      const results = await runRounds({ history, scene, faults, say });
      await load.stopActing();
      // What has no answer may still be carried out, and what was answered is still being told.
      await pause(Math.max(bounds.openMs, bounds.toldMs) + 1_000);
      await load.stopListening();
      const final = await readFinalState({ databaseUrl: cell.databaseUrl, caller, history });
      load.close();

      const verdict = prove(history, final, bounds);
      const kinds = reportKinds(results);
      const figures = {
        seed,
        rounds,
        counts: { ...countsOf(history), searches: verdict.searches },
        missedForMs: distributionOf(verdict.missedForMs),
        toldAfterMs: distributionOf(verdict.toldAfterMs),
        kinds,
      };
      await mkdir(resultsFolder, { recursive: true });
      const file = join(resultsFolder, `cell-${seed}.json`);
      await writeFile(file, JSON.stringify({ ...figures, results }, null, 2));
      say(`${tableOf(kinds)}\n${JSON.stringify(figures.counts)}`);
      say(
        `a story was still missing elsewhere after its answer for, ms: ${JSON.stringify(figures.missedForMs)}; was told after, ms: ${JSON.stringify(figures.toldAfterMs)}`,
      );
      if (verdict.findings.length > 0) {
        say(`seed ${seed}: ${describeFindings(verdict.findings, history)}`);
        await writeFile(`${file}.history`, JSON.stringify({ history, final, bounds }));
      }

      expect(results.flatMap(({ failure }) => failure ?? [])).toEqual([]);
      expect(history.surprises).toEqual([]);
      expect(verdict.findings.map(({ what }) => what).slice(0, 10)).toEqual([]);
      const silent = results.filter(({ isSilent }) => isSilent);
      for (const { outage } of silent) {
        const { failedAttempts, late, writes, reads } = outage;
        expect(failedAttempts - late).toBe(0);
        expect(late / (writes + reads)).toBeLessThanOrEqual(lateShareMax);
      }
    } finally {
      await cell?.close();
      await network.close();
      await shortages.close();
    }
    await rm(dataDir, { recursive: true, force: true });
  },
  patienceMs,
);
