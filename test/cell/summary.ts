import type { Finding } from "./finding.ts";
import type { History } from "./history.ts";

/** What a run says of itself in a few lines. */

export interface Distribution {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

const ofEachProofMax = 4;
const recordCharactersMax = 900;

export function distributionOf(values: readonly number[]): Distribution {
  const ordered = [...values].sort((a, b) => a - b);
  const at = (part: number): number =>
    Math.round(ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * part))] ?? 0);
  return { count: ordered.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

export function countsOf(history: History): Readonly<Record<string, number>> {
  const of = (outcome: string): number =>
    history.writes.filter((write) => write.outcome === outcome).length;
  return {
    writesDone: of("done"),
    writesRefused: of("refused"),
    writesUnknown: of("unknown"),
    writesRepeated: history.writes.filter(({ attempts }) => attempts.length > 1).length,
    replays: history.replays.length,
    scrolls: history.scrolls.length,
    pages: history.scrolls.reduce((sum, { pages }) => sum + pages.length, 0),
    looks: history.looks.length,
    entries: history.entries.length,
    unread: history.unread.length,
    storiesTold: history.listenings.reduce(
      (sum, { told }) => sum + told.filter(({ kind }) => kind === "story").length,
      0,
    ),
    resets: history.listenings.reduce(
      (sum, { told }) => sum + told.filter(({ kind }) => kind === "reset").length,
      0,
    ),
    connections: history.listenings.reduce((sum, { connections }) => sum + connections, 0),
    surprises: history.surprises.length,
  };
}

/** The findings with their records, each with the round in which it fell. */
export function describeFindings(findings: readonly Finding[], history: History): string {
  const perProof = new Map<string, number>();
  for (const { proof } of findings) perProof.set(proof, (perProof.get(proof) ?? 0) + 1);
  const sums = [...perProof].map(([proof, count]) => `${proof}: ${count}`).join("; ");
  const shown = [...perProof.keys()].flatMap((proof) =>
    findings.filter((finding) => finding.proof === proof).slice(0, ofEachProofMax),
  );
  const told = shown.map(({ proof, what, atMs, records }) => {
    const lines = records.map((record) => `    ${shorten(JSON.stringify(record))}`);
    return [`- [${proof}] ${what}${placeOf(atMs, history)}`, ...lines].join("\n");
  });
  return [`${findings.length} findings (${sums})`, ...told].join("\n");
}

function shorten(text: string): string {
  return text.length > recordCharactersMax ? `${text.slice(0, recordCharactersMax)} …` : text;
}

function placeOf(atMs: number | null, { rounds }: History): string {
  if (atMs === null) return "";
  const round = rounds.find(({ begunAtMs, endedAtMs }) => atMs >= begunAtMs && atMs < endedAtMs);
  const at = `at ${(atMs / 1_000).toFixed(3)} s`;
  return round === undefined
    ? ` (${at}, outside of the rounds)`
    : ` (${at}, round ${round.number}: ${round.kind} ${round.target}, from ${(round.begunAtMs / 1_000).toFixed(3)} s to ${(round.healedAtMs / 1_000).toFixed(3)} s)`;
}
