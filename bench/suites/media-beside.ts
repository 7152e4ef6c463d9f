import { setTimeout as pause } from "node:timers/promises";
import type { Source } from "../load/plan.ts";
import { failuresOf, refuseFaults } from "../load/run-generator.ts";
import { runUploads, startUploads, type Uploading } from "../load/run-uploads.ts";
import type { Upload, UploadResult } from "../load/upload-plan.ts";
import { mediaProgramCount } from "../measure/processes.ts";
import { coreShares, usageOf, type Usage } from "../measure/usage.ts";
import { askForMedia, readBackMedia, untilReady } from "../server/read-back-media.ts";
import type { Served } from "../server/served-community.ts";
import { ask } from "./cell-bench.ts";
import { uploadPlan, type MediaScene } from "./media-scene.ts";

/**
 * What photos and videos cost those who read feeds: reads at half of what the node can, on its one core with
 * PostgreSQL and everything for media; first nothing else, then four videos that are being made, then these
 * and twenty uploads as phones send them, then twenty that come as fast as they are taken, then nothing again.
 */
export const filmsAtOnce = 4;
const uploadsAtOnce = 20;
/** To make all of them would take longer than all else. */
export const keptOfFlood = 40;
/** Of a phone: 8 megabits a second. */
const phoneBytesPerS = 1_000_000;
const share = 0.5;
const connections = 256;
const closedConnections = 32;
const pollMs = 50;
const lookEveryMs = 250;
const usPerMs = 1_000;

type StepName = "alone" | "films" | "phones" | "flood" | "again";

interface Step {
  readonly usage: Usage;
  readonly uploaded: readonly Upload[];
  /** Within the measured time. */
  readonly uploadedCount: number;
  readonly refused: number;
  /** The least that was seen of videos that were being made. */
  readonly films: number;
}

interface Lengths {
  readonly warmUpS: number;
  readonly measuredS: number;
}

export async function measureBeside(
  scene: MediaScene,
  served: Served,
  /** CPU of the node for an upload, in microseconds: what is not the reads'. */
  uploadUs: number,
): Promise<Record<string, number>> {
  const { options, scale } = scene;
  const lengths: Lengths = options.isQuick
    ? { warmUpS: 1, measuredS: 3 }
    : { warmUpS: 3, measuredS: options.seconds ?? 15 };
  const capacity = await measureCapacity(scene, served, lengths);
  const perSecond = capacity * share;
  const read = (name: StepName, bytesPerS?: number | null): Promise<Step> =>
    step(scene, served, {
      ...lengths,
      name,
      perSecond,
      ...(bytesPerS === undefined ? {} : { bytesPerS }),
    });

  const steps: Partial<Record<StepName, Step>> = {};
  steps.alone = await read("alone");
  const films = await runUploads(
    uploadPlan(scene, served.node.port, {
      files: [scene.files.longFilm],
      contentType: "video/mp4",
      atOnce: filmsAtOnce,
      count: filmsAtOnce,
    }),
    { folder: scene.prepared.folder, cores: "asking" },
  );
  while (mediaProgramCount(served.node.pid) < filmsAtOnce) {
    await pause(pollMs);
  }
  steps.films = await read("films");
  steps.phones = await read("phones", phoneBytesPerS);
  steps.flood = await read("flood", null);
  const kept = steps.flood.uploaded.slice(0, keptOfFlood);
  await deleteAll(scene, served, steps.flood.uploaded.slice(keptOfFlood));
  const uploads = [...films.uploads, ...steps.phones.uploaded, ...kept];
  options.say(`until ${String(uploads.length)} photos and videos are made`);
  await untilReady(served, uploads);
  await served.settled();
  steps.again = await read("again");
  return {
    ...ratiosOf(steps as Record<StepName, Step>, uploadUs),
    beside_film_s: scale.longFilmS,
    beside_capacity_per_s: capacity,
    beside_read_back: uploads.length,
    beside_read_back_files: await readBackMedia(served, scene.tokens, uploads),
  };
}

function feedSource({ prepared }: MediaScene, perSecond: number | null): Source {
  const viewers = { from: 0, count: prepared.people, order: "random" } as const;
  return { kind: "feed", name: "feed", perSecond, atOnce: closedConnections, viewers };
}

async function measureCapacity(
  scene: MediaScene,
  served: Served,
  lengths: Lengths,
): Promise<number> {
  const { result } = await usageOf(
    served.node,
    served.plan({
      ...lengths,
      connections: closedConnections,
      sources: [feedSource(scene, null)],
    }),
    { folder: scene.prepared.folder, cores: "asking" },
  );
  refuseFaults(result);
  const capacity = (result.sources[0]?.answered ?? 0) / result.measuredS;
  scene.options.say(`feed: ${capacity.toFixed(0)} a second, one after another`);
  return capacity;
}

async function step(
  scene: MediaScene,
  served: Served,
  wanted: Lengths & {
    readonly name: StepName;
    readonly perSecond: number;
    /** Of each of the uploads beside it; undefined: there are none. */
    readonly bytesPerS?: number | null;
  },
): Promise<Step> {
  const { name, perSecond, bytesPerS, ...lengths } = wanted;
  const { prepared, options } = scene;
  const uploading = bytesPerS === undefined ? null : await beginUploads(scene, served, bytesPerS);
  let films = Number.POSITIVE_INFINITY;
  const looking = setInterval(() => {
    films = Math.min(films, mediaProgramCount(served.node.pid));
  }, lookEveryMs);
  let [fromMs, toMs] = [0, 0];
  const usage = await usageOf(
    served.node,
    served.plan({ ...lengths, connections, sources: [feedSource(scene, perSecond)] }),
    {
      folder: prepared.folder,
      cores: "asking",
      onMeasuring: () => {
        fromMs = Date.now();
      },
      onMeasured: () => {
        toMs = Date.now();
      },
    },
  ).finally(() => {
    clearInterval(looking);
    uploading?.stop();
  });
  refuseFaults(usage.result);
  const all: Pick<UploadResult, "uploads" | "failures"> = (await uploading?.result) ?? {
    uploads: [],
    failures: {},
  };
  const within = all.uploads.filter(({ answeredMs }) => answeredMs >= fromMs && answeredMs < toMs);
  const refused = Object.values(all.failures).reduce((sum, count) => sum + count, 0);
  const { p50Ms, p99Ms } = usage.result.latency;
  options.say(
    `reads ${name}: half within ${p50Ms.toFixed(2)} ms, 99 % within ${p99Ms.toFixed(2)} ms, ` +
      `${String(failuresOf(usage.result))} failed; ${String(within.length)} uploads, ${JSON.stringify(all.failures)}`,
  );
  return { usage, uploaded: all.uploads, uploadedCount: within.length, refused, films };
}

async function beginUploads(
  scene: MediaScene,
  { node }: Served,
  bytesPerS: number | null,
): Promise<Uploading> {
  const uploading = await startUploads(
    uploadPlan(scene, node.port, {
      files: scene.files.photos,
      atOnce: uploadsAtOnce,
      count: null,
      bytesPerS,
    }),
    { folder: scene.prepared.folder, cores: "asking" },
  );
  await uploading.begun;
  return uploading;
}

/** Each has to be there. */
async function deleteAll(
  { tokens }: MediaScene,
  { node }: Served,
  uploads: readonly Upload[],
): Promise<void> {
  for (const { id, owner } of uploads) {
    await askForMedia(node.url, tokens(owner), id);
    await ask(node.url, tokens(owner), "DELETE", `/v1/media/${id}`);
  }
}

/** Of reads alone: the mean of before and after. */
function ratiosOf(
  steps: Readonly<Record<StepName, Step>>,
  uploadUs: number,
): Record<string, number> {
  const { alone, again, ...beside } = steps;
  const readUs = ({ usage, uploadedCount }: Step): number =>
    (usage.nodeUs - uploadedCount * uploadUs) / answeredOf(usage);
  const mean = (of: (step: Step) => number): number => (of(alone) + of(again)) / 2;
  const p50Ms = ({ usage }: Step): number => usage.result.latency.p50Ms;
  const p99Ms = ({ usage }: Step): number => usage.result.latency.p99Ms;
  const ratios: Record<string, number> = {};
  for (const [name, found] of Object.entries(beside)) {
    ratios[`beside_${name}_p99_ratio`] = p99Ms(found) / mean(p99Ms);
    ratios[`beside_${name}_cpu_ratio`] = readUs(found) / mean(readUs);
    ratios[`beside_${name}_p50_ratio`] = p50Ms(found) / mean(p50Ms);
  }
  ratios["beside_again_over_alone_p99"] = p99Ms(again) / p99Ms(alone);
  for (const [name, found] of Object.entries(steps)) {
    const { usage, uploadedCount, refused, films } = found;
    const shares = coreShares(usage);
    const { measuredS } = usage.result;
    Object.assign(ratios, {
      [`reads_${name}_p50_ms`]: p50Ms(found),
      [`reads_${name}_p99_ms`]: p99Ms(found),
      [`reads_${name}_per_s`]: answeredOf(usage) / measuredS,
      [`reads_${name}_failed`]: failuresOf(usage.result),
      [`reads_${name}_cpu_us`]: readUs(found),
      [`reads_${name}_node_core_share`]: shares.node,
      [`reads_${name}_database_core_share`]: shares.database,
      [`reads_${name}_media_core_share`]: shares.media,
      [`reads_${name}_waiting_share`]: usage.waitedUs / usage.tookMs / usPerMs,
      [`reads_${name}_films_at_once`]: films,
      [`reads_${name}_uploads_per_s`]: uploadedCount / measuredS,
      [`reads_${name}_uploads_refused`]: refused,
    });
  }
  return ratios;
}

function answeredOf({ result }: Usage): number {
  return result.sources[0]?.answered ?? 0;
}
