import { setTimeout as delay } from "node:timers/promises";

/** The server's own metrics, as its admin port gives them. */
export type Metrics = ReadonlyMap<string, number>;

/** Name and labels as they are written, to value. */
export function parseMetrics(text: string): Metrics {
  const values = new Map<string, number>();
  for (const line of text.split("\n")) {
    const at = line.lastIndexOf(" ");
    if (at > 0 && !line.startsWith("#")) {
      values.set(line.slice(0, at), Number(line.slice(at + 1)));
    }
  }
  return values;
}

const askEveryMs = 50;
const msPerS = 1_000;

/** When the server told them, in milliseconds since 1970. */
export function reportedMs(metrics: Metrics): number {
  return (metrics.get("maru_reported_timestamp_seconds") ?? 0) * msPerS;
}

/** As the server has told them since they were asked for here. */
export async function scrape(adminUrl: string): Promise<Metrics> {
  const askedMs = Date.now();
  for (;;) {
    const answer = await fetch(`${adminUrl}/metrics`);
    if (!answer.ok) {
      throw new Error(`the metrics answered ${String(answer.status)}`);
    }
    const metrics = parseMetrics(await answer.text());
    if (reportedMs(metrics) >= askedMs) {
      return metrics;
    }
    await delay(askEveryMs);
  }
}

/** The share of each cache's look-ups that were hits between the two, by the names that they count under. */
export function hitShares(before: Metrics, after: Metrics): Record<string, number> {
  const rise = (name: string): number => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  const shares: Record<string, number> = {};
  for (const name of after.keys()) {
    const cache = /^maru_(\w+)_hits_total$/u.exec(name)?.[1];
    if (cache !== undefined) {
      const hits = rise(name);
      const lookUps = hits + rise(`maru_${cache}_misses_total`);
      if (lookUps > 0) {
        shares[`${cache}_hit_share`] = Math.round((hits / lookUps) * 10_000) / 10_000;
      }
    }
  }
  return shares;
}

/** Of a counter with one label: which share of what it counted between the two each value had. */
export function labelShares(
  before: Metrics,
  after: Metrics,
  counter: string,
): Record<string, number> {
  const rises = [...after].flatMap(([name, value]) => {
    const label = name.startsWith(`${counter}{`) ? /="([^"]*)"/u.exec(name)?.[1] : undefined;
    return label === undefined ? [] : [[label, value - (before.get(name) ?? 0)] as const];
  });
  const all = rises.reduce((sum, [, rise]) => sum + rise, 0);
  return all === 0
    ? {}
    : Object.fromEntries(
        rises.map(([label, rise]) => [
          `${label}_share`,
          Math.round((rise / all) * 10_000) / 10_000,
        ]),
      );
}

/** How many answers of a route had a status of this class, between the two. */
export function answersBetween(
  before: Metrics,
  after: Metrics,
  wanted: { readonly route: string; readonly status: string },
): number {
  let count = 0;
  for (const [name, value] of after) {
    if (
      name.startsWith("maru_http_request_seconds_count{") &&
      name.includes(`route="${wanted.route}"`) &&
      name.includes(`status="${wanted.status}"`)
    ) {
      count += value - (before.get(name) ?? 0);
    }
  }
  return count;
}
