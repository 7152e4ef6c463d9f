import type { Source } from "../load/plan.ts";
import { failuresOf, refuseFaults } from "../load/run-generator.ts";
import { startUploads, type Uploading } from "../load/run-uploads.ts";
import type { Upload } from "../load/upload-plan.ts";
import type { Tally } from "../measure/rounds.ts";
import { coreShares, usageOf, type Usage } from "../measure/usage.ts";
import type { Served } from "../server/served-community.ts";
import { uploadPlan, type MediaScene } from "./media-scene.ts";

/** A few seconds of feed reads, with or without uploads beside them, and how they fared. */
export interface Reads {
  readonly usage: Usage;
  /** All of them, those before and after what was measured included. */
  readonly uploads: readonly Upload[];
  readonly uploadsPerS: number;
  readonly uploadsRefused: number;
}

export interface Lengths {
  readonly warmUpS: number;
  readonly measuredS: number;
}

const uploadsAtOnce = 20;
const connections = 256;
const closedConnections = 32;
const usPerMs = 1_000;

function feedSource({ prepared }: MediaScene, perSecond: number | null): Source {
  const viewers = { from: 0, count: prepared.people, order: "random" } as const;
  return { kind: "feed", name: "feed", perSecond, atOnce: closedConnections, viewers };
}

/** A second, by so many readers one after another. */
export async function readCapacity(
  scene: MediaScene,
  served: Served,
  lengths: Lengths,
): Promise<number> {
  const { result } = await usageOf(
    served.node,
    served.plan({ ...lengths, connections: closedConnections, sources: [feedSource(scene, null)] }),
    { folder: scene.prepared.folder, cores: "asking" },
  );
  refuseFaults(result);
  const capacity = (result.sources[0]?.answered ?? 0) / result.measuredS;
  scene.options.say(`feed: ${capacity.toFixed(0)} a second, one after another`);
  return capacity;
}

export async function readsBeside(
  scene: MediaScene,
  served: Served,
  wanted: Lengths & {
    readonly perSecond: number;
    /** Of each upload beside it; undefined: there are none. */
    readonly bytesPerS: number | null | undefined;
  },
): Promise<Reads> {
  const { perSecond, bytesPerS, ...lengths } = wanted;
  const uploading = bytesPerS === undefined ? null : await beginUploads(scene, served, bytesPerS);
  let [fromMs, toMs] = [0, 0];
  const usage = await usageOf(
    served.node,
    served.plan({ ...lengths, connections, sources: [feedSource(scene, perSecond)] }),
    {
      folder: scene.prepared.folder,
      cores: "asking",
      onMeasuring: () => {
        fromMs = Date.now();
      },
      onMeasured: () => {
        toMs = Date.now();
      },
    },
  ).finally(() => uploading?.stop());
  refuseFaults(usage.result);
  const { uploads = [], failures = {} } = (await uploading?.result) ?? {};
  const within = uploads.filter(({ answeredMs }) => answeredMs >= fromMs && answeredMs < toMs);
  return {
    usage,
    uploads,
    uploadsPerS: within.length / usage.result.measuredS,
    uploadsRefused: Object.values(failures).reduce((sum, count) => sum + count, 0),
  };
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

const answeredOf = ({ usage }: Reads): number => usage.result.sources[0]?.answered ?? 0;
const cpuUs = (reads: Reads): number => reads.usage.nodeUs / answeredOf(reads);

/** Of one round: how each kind fared, and by how much it fared worse than reads alone. */
export function noteReads(
  tally: Tally,
  alone: Reads,
  beside: Readonly<Record<"films" | "phones" | "flood", Reads>>,
): void {
  for (const [name, reads] of Object.entries(beside)) {
    for (const part of ["p50", "p99"] as const) {
      const ms = ({ usage }: Reads): number => usage.result.latency[`${part}Ms`];
      tally.note(`beside_${name}_${part}_ratio`, ms(reads) / ms(alone));
    }
  }
  tally.note("beside_films_cpu_ratio", cpuUs(beside.films) / cpuUs(alone));
  for (const [name, reads] of Object.entries({ alone, ...beside })) {
    const { usage, uploadsPerS, uploadsRefused } = reads;
    const shares = coreShares(usage);
    const { latency } = usage.result;
    const figures = {
      p50_ms: latency.p50Ms,
      p99_ms: latency.p99Ms,
      per_s: answeredOf(reads) / usage.result.measuredS,
      failed: failuresOf(usage.result),
      cpu_us: cpuUs(reads),
      node_core_share: shares.node,
      database_core_share: shares.database,
      media_core_share: shares.media,
      waiting_share: usage.waitedUs / usage.tookMs / usPerMs,
      uploads_per_s: uploadsPerS,
      uploads_refused: uploadsRefused,
    };
    for (const [figure, value] of Object.entries(figures)) {
      tally.note(`reads_${name}_${figure}`, value);
    }
  }
}
