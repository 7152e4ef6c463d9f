import { setTimeout as pause } from "node:timers/promises";
import type { Fault, FaultScene } from "./fault.ts";
import type { History, Round } from "./history.ts";
import { outageOf, type Outage } from "./outages.ts";

/** Fault after fault, each with its measure, while the load goes on. */

export interface RoundResult extends Round {
  readonly outage: Outage;
  readonly isSilent: boolean;
  /** Why it could not be carried through; null where it was. */
  readonly failure: string | null;
}

export interface RoundsOptions {
  readonly history: History;
  readonly scene: FaultScene;
  readonly faults: readonly Fault[];
  readonly say: (line: string) => void;
}

/** Between two rounds, where nothing is wrong; it tells what is usual. */
const calmMs = 4_000;
/** What a fault leaves behind shows itself so soon after it is over. */
const tailMs = 2_000;
export const calmKind = "no fault";

const rounded = (ms: number): string => String(Math.round(ms));

export async function runRounds(options: RoundsOptions): Promise<RoundResult[]> {
  const { history, scene, faults, say } = options;
  const results: RoundResult[] = [];

  async function play(fault: Fault): Promise<RoundResult> {
    const begunAtMs = performance.now();
    const { target, failure } = await fault.strike(scene).then(
      (hit) => ({ target: hit, failure: null }),
      (error: unknown) => ({
        target: "",
        failure: error instanceof Error ? error.message : String(error),
      }),
    );
    const healedAtMs = performance.now();
    await pause(tailMs);
    const endedAtMs = performance.now();
    const [number, { kind }] = [results.length, fault];
    const round: Round = { number, kind, target, begunAtMs, healedAtMs, endedAtMs };
    history.rounds.push(round);
    const outage = outageOf(history, begunAtMs, endedAtMs);
    const { writeGapMs, readGapMs, failedAttempts, failedBy } = outage;
    const how = failedBy.length === 0 ? "" : ` (${failedBy.join(", ")})`;
    const tookS = ((healedAtMs - begunAtMs) / 1_000).toFixed(1);
    say(
      `round ${number}: ${kind} ${target}: ${tookS} s; without a write ${rounded(writeGapMs)} ms, without a read ${rounded(readGapMs)} ms, ${failedAttempts} failed requests${how}${failure === null ? "" : `; ${failure}`}`,
    );
    return { ...round, outage, isSilent: fault.isSilent === true, failure };
  }

  const calm: Fault = {
    kind: calmKind,
    async strike() {
      await pause(calmMs);
      return "";
    },
  };
  results.push(await play(calm));
  for (const fault of faults) {
    results.push(await play(fault));
    results.push(await play(calm));
  }
  return results;
}

export interface KindReport {
  readonly kind: string;
  readonly rounds: number;
  readonly writeGapMs: number;
  readonly readGapMs: number;
  readonly slowestWriteMs: number;
  readonly slowestReadMs: number;
  readonly failedAttempts: number;
  readonly unknownWrites: number;
  /** Null where the kind has no aim. */
  readonly aimMs: number | null;
  readonly isMet: boolean;
}

/** What a balancer needs to turn to another node, and a client to another balancer. */
const takeoverAimMs = 1_000;
/** By so much a longest gap may differ from another of the same kind. */
const chanceMs = 250;

function aimOf(kind: string, usualMs: number): number | null {
  if (kind === calmKind) return null;
  return /NATS|Redis|rolling/u.test(kind) ? usualMs + chanceMs : usualMs + takeoverAimMs;
}

type Measure = Exclude<keyof Outage, "failedBy">;

/** The worst of each kind. */
export function reportKinds(results: readonly RoundResult[]): KindReport[] {
  const usualMs = Math.max(
    0,
    ...results
      .filter(({ kind }) => kind === calmKind)
      .map(({ outage }) => Math.max(outage.writeGapMs, outage.readGapMs)),
  );
  return [...new Set(results.map(({ kind }) => kind))].map((kind) => {
    const all = results.filter((result) => result.kind === kind).map(({ outage }) => outage);
    const worst = (member: Measure): number =>
      Math.round(Math.max(...all.map((outage) => outage[member])));
    const sum = (member: Measure): number =>
      all.reduce((total, outage) => total + outage[member], 0);
    const aimMs = aimOf(kind, usualMs);
    const gapMs = Math.max(worst("writeGapMs"), worst("readGapMs"));
    return {
      kind,
      rounds: all.length,
      writeGapMs: worst("writeGapMs"),
      readGapMs: worst("readGapMs"),
      slowestWriteMs: worst("slowestWriteMs"),
      slowestReadMs: worst("slowestReadMs"),
      failedAttempts: sum("failedAttempts"),
      unknownWrites: sum("unknownWrites"),
      aimMs: aimMs === null ? null : Math.round(aimMs),
      isMet: aimMs === null || gapMs <= aimMs,
    };
  });
}

const columns: readonly (readonly [title: string, cell: (row: KindReport) => string])[] = [
  ["fault", ({ kind }) => kind],
  ["rounds", ({ rounds }) => String(rounds)],
  ["no write ms", ({ writeGapMs }) => String(writeGapMs)],
  ["no read ms", ({ readGapMs }) => String(readGapMs)],
  ["aim ms", ({ aimMs }) => String(aimMs ?? "")],
  ["", ({ isMet }) => (isMet ? "" : "missed")],
  ["slowest write ms", ({ slowestWriteMs }) => String(slowestWriteMs)],
  ["slowest read ms", ({ slowestReadMs }) => String(slowestReadMs)],
  ["failed requests", ({ failedAttempts }) => String(failedAttempts)],
  ["unknown writes", ({ unknownWrites }) => String(unknownWrites)],
];

export function tableOf(rows: readonly KindReport[]): string {
  const lines = [columns.map(([title]) => title)];
  for (const row of rows) lines.push(columns.map(([, cell]) => cell(row)));
  const widths = columns.map((_, n) => Math.max(...lines.map((line) => line[n]!.length)));
  return lines.map((line) => line.map((text, n) => text.padEnd(widths[n]!)).join("  ")).join("\n");
}
