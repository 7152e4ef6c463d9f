import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { descriptorsMax } from "../../src/adapters/system/descriptors.ts";
import type { NuisanceFound } from "../load/nuisance.ts";
import { endedWithUs } from "../server/leftovers.ts";
import { pinned } from "../server/pinning.ts";
import { lengthOf, sourceOf, step, type Capacities, type Scene } from "./overload-step.ts";

/** What else may befall a server that has enough to do: what becomes of everybody's reads meanwhile. */

const shareOfOneClient = 0.9;
const oneClientFactor = 5;
/** Of what the server can answer. */
const readsShare = 0.5;
const slowClients = 5_000;
const idleClientsMax = 100_000;
/** Of the descriptors that the process of idle clients may have. */
const descriptorsLeft = 500;
const signInsPerS = 500;
const slowerByS = 0.2;
const nuisanceAheadMs = 2_000;

export async function measureScenes(
  scene: Scene,
  capacities: Capacities,
): Promise<Record<string, number>> {
  return {
    ...(await measureOneClient(scene, capacities.feed)),
    ...(await besideNuisance(scene, capacities.feed, "slow-clients", slowClients)),
    ...(await besideNuisance(scene, capacities.feed, "idle-clients", idleClients())),
    ...(await besideNuisance(scene, capacities.feed, "sign-ins", signInsPerS)),
    ...(await onSlowDatabase(scene, capacities)),
  };
}

/** One account asks for nine tenths of five times the capacity. */
async function measureOneClient(scene: Scene, capacity: number): Promise<Record<string, number>> {
  const { prepared, options } = scene;
  const perSecond = capacity * oneClientFactor;
  // Its bucket, which holds ten seconds' worth, is empty by then.
  const [warmUpS, measuredS] = options.isQuick ? [1, 3] : [15, options.seconds ?? 20];
  const found = await step(scene, oneClientFactor, {
    warmUpS,
    measuredS,
    name: "one client",
    sources: [
      sourceOf("feed", prepared, perSecond * (1 - shareOfOneClient)),
      {
        kind: "feed",
        name: "one client",
        perSecond: perSecond * shareOfOneClient,
        viewers: { from: 0, count: 1, order: "random" },
      },
    ],
  });
  const [rest, one] = found.usage.result.sources;
  return {
    one_client_others_answered: (rest?.answered ?? 0) / (rest?.due ?? 0),
    one_client_others_p99_ms: rest?.latency.p99Ms ?? Number.NaN,
    one_client_answered_per_s: (one?.answered ?? 0) / found.usage.result.measuredS,
  };
}

/** As far as descriptors go; the server's process has as many, and so takes fewer. */
function idleClients(): number {
  return Math.min(idleClientsMax, (descriptorsMax() ?? idleClientsMax) - descriptorsLeft);
}

async function besideNuisance(
  scene: Scene,
  capacity: number,
  which: "slow-clients" | "idle-clients" | "sign-ins",
  count: number,
): Promise<Record<string, number>> {
  const { prepared, served } = scene;
  const file = new URL("../load/nuisance.ts", import.meta.url).pathname;
  const words = [file, which, String(served.node.port), String(count)];
  const [program, args] = pinned("asking", process.execPath, words);
  const nuisance = endedWithUs(spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] }));
  const told = text(nuisance.stdout);
  await pause(nuisanceAheadMs);
  const found = await step(scene, readsShare, {
    ...lengthOf(scene),
    name: `feed beside ${which}`,
    sources: [sourceOf("feed", prepared, capacity * readsShare)],
  }).finally(() => nuisance.stdin.end());
  const outcomes = JSON.parse(await told) as NuisanceFound;
  const [reads] = found.usage.result.sources;
  const name = which.replace("-", "_");
  const figures: Record<string, number> = {
    [`${name}_reads_answered`]: (reads?.answered ?? 0) / (reads?.due ?? 0),
    [`${name}_reads_p99_ms`]: reads?.latency.p99Ms ?? Number.NaN,
    [`${name}_admin_p99_ms`]: found.adminP99Ms,
  };
  for (const [outcome, times] of Object.entries(outcomes)) {
    figures[`${name}_${outcome}`] = times;
  }
  return figures;
}

/** Every write takes 200 ms longer in the database. */
async function onSlowDatabase(
  scene: Scene,
  capacities: Capacities,
): Promise<Record<string, number>> {
  const { prepared, served } = scene;
  const { sql } = served;
  await sql`
    CREATE FUNCTION public.bench_slow() RETURNS trigger LANGUAGE plpgsql
    AS 'BEGIN PERFORM pg_sleep(${sql.unsafe(String(slowerByS))}); RETURN NULL; END'`;
  await sql`
    CREATE TRIGGER bench_slow BEFORE INSERT ON log.outbox
    FOR EACH STATEMENT EXECUTE FUNCTION public.bench_slow()`;
  try {
    const found = await step(scene, 1, {
      ...lengthOf(scene),
      name: "slow database",
      sources: [
        sourceOf("publish", prepared, capacities.publish),
        sourceOf("feed", prepared, (capacities.feed * readsShare) / 2),
      ],
    });
    const [writes, reads] = found.usage.result.sources;
    return {
      slow_database_reads_answered: (reads?.answered ?? 0) / (reads?.due ?? 0),
      slow_database_reads_p99_ms: reads?.latency.p99Ms ?? Number.NaN,
      slow_database_writes_per_s: (writes?.answered ?? 0) / found.usage.result.measuredS,
      slow_database_writes_p99_ms: writes?.answeredIn.p99Ms ?? Number.NaN,
      slow_database_refused_p99_ms: writes?.refusedIn.p99Ms ?? Number.NaN,
      slow_database_admin_p99_ms: found.adminP99Ms,
    };
  } finally {
    await sql`DROP TRIGGER bench_slow ON log.outbox`;
    await sql`DROP FUNCTION public.bench_slow()`;
  }
}
