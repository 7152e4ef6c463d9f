import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createHistogram } from "../load/histogram.ts";
import { runUploads } from "../load/run-uploads.ts";
import type { Upload, UploadPlan } from "../load/upload-plan.ts";
import { watchPeaks } from "../measure/peaks.ts";
import { residentBytes } from "../measure/processes.ts";
import { readCpu } from "../measure/rounds.ts";
import { median } from "../measure/statistics.ts";
import { startBareTaker } from "../server/fixed-process.ts";
import { readBackMedia, untilReady } from "../server/read-back-media.ts";
import { serve, type Served } from "../server/served-community.ts";
import { uploadPlan, type MediaScene } from "./media-scene.ts";

/**
 * How many uploads a second a node takes on one core, what it makes of them included, beside a bare server
 * that writes the same bytes to the same disk; and that its memory does not grow with a file.
 */
const atOnce = [1, 4, 16] as const;
const tusAtOnce = 4;
const chunkBytes = 1024 ** 2;
const largeChunkBytes = 8 * 1024 ** 2;
const msPerS = 1_000;
const usPerMs = 1_000;
const mib = 1024 ** 2;

export async function measureUploads(scene: MediaScene): Promise<Record<string, number>> {
  const { prepared, options } = scene;
  const bare = await measureBare(scene);
  const served = await serve(prepared, { cores: "served" });
  try {
    await served.settled();
    const figures: Record<string, number> = {};
    const uploads: Upload[] = [];
    const peaks = watchPeaks(served.node);
    for (const [name, plan] of plansOf(scene, served)) {
      const before = readCpu(served.node);
      const found = await uploadAll(scene, plan);
      const after = readCpu(served.node);
      uploads.push(...found.uploads);
      Object.assign(figures, {
        [`${name}_per_s`]: found.perS,
        [`${name}_p50_ms`]: found.p50Ms,
        [`${name}_p99_ms`]: found.p99Ms,
        [`${name}_node_cpu_ms`]: (after.nodeUs - before.nodeUs) / usPerMs / found.uploads.length,
      });
      options.say(
        `${name}: ${found.perS.toFixed(1)} a second, 99 % within ${found.p99Ms.toFixed(0)} ms`,
      );
    }
    options.say("until all of them are made");
    await untilReady(served, uploads);
    const { nodeBytes, mediaBytes, mediaProcessBytes } = peaks.stop();
    const files = await readBackMedia(served, scene.tokens, uploads);
    return {
      uploads_over_bare: (figures["uploads_4_per_s"] ?? Number.NaN) / bare[4],
      uploads_16_over_bare: (figures["uploads_16_per_s"] ?? Number.NaN) / bare[16],
      ...(await measureGrowth(scene, served)),
      ...figures,
      uploads_bare_4_per_s: bare[4],
      uploads_bare_16_per_s: bare[16],
      uploads_node_peak_mib: nodeBytes / mib,
      uploads_media_peak_mib: mediaBytes / mib,
      uploads_media_process_peak_mib: mediaProcessBytes / mib,
      uploads_read_back: uploads.length,
      uploads_read_back_files: files,
    };
  } finally {
    await served.stop();
  }
}

function plansOf(
  scene: MediaScene,
  { node }: Pick<Served, "node">,
): readonly (readonly [name: string, UploadPlan])[] {
  const { scale, files } = scene;
  const forms = atOnce.map(
    (many) =>
      [
        `uploads_${String(many)}`,
        uploadPlan(scene, node.port, {
          files: files.photos,
          atOnce: many,
          count: scale.uploads[many],
        }),
      ] as const,
  );
  const tus = uploadPlan(scene, node.port, {
    files: files.photos,
    atOnce: tusAtOnce,
    count: scale.uploads.tus,
    way: { chunkBytes },
  });
  return [...forms, ["uploads_tus_4", tus]];
}

interface Uploaded {
  readonly uploads: readonly Upload[];
  readonly perS: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

async function uploadAll({ prepared }: MediaScene, plan: UploadPlan): Promise<Uploaded> {
  const { uploads } = await runUploads(plan, { folder: prepared.folder, cores: "asking" });
  const latency = createHistogram();
  for (const { startedMs, answeredMs } of uploads) {
    latency.record(answeredMs - startedMs);
  }
  const fromMs = Math.min(...uploads.map(({ startedMs }) => startedMs));
  const toMs = Math.max(...uploads.map(({ answeredMs }) => answeredMs));
  const { p50Ms, p99Ms } = latency.summary();
  return { uploads, perS: uploads.length / ((toMs - fromMs) / msPerS), p50Ms, p99Ms };
}

async function measureBare(scene: MediaScene): Promise<Record<4 | 16, number>> {
  const folder = join(scene.prepared.folder, "bare");
  await mkdir(folder);
  const taker = await startBareTaker(folder, "served");
  const rateOf = async (many: 4 | 16): Promise<number> => {
    const planned = { files: scene.files.photos, atOnce: many, count: scene.scale.uploads[many] };
    return (await uploadAll(scene, uploadPlan(scene, taker.port, planned))).perS;
  };
  try {
    await rateOf(4);
    return { 4: await rateOf(4), 16: await rateOf(16) };
  } finally {
    await taker.stop();
  }
}

/**
 * How much more memory the node takes at most than before the first of these files: a small one several times,
 * then a large one, then that one by tus. What an earlier one left behind counts as well.
 */
async function measureGrowth(scene: MediaScene, served: Served): Promise<Record<string, number>> {
  const { files, scale, options } = scene;
  const ways = [
    ["upload_small", files.small, "form"],
    ["upload_large", files.large, "form"],
    ["upload_large_tus", files.large, { chunkBytes: largeChunkBytes }],
  ] as const;
  await served.settled();
  const beforeBytes = residentBytes(served.node.pid);
  const figures: Record<string, number> = {};
  for (const [name, file, way] of ways) {
    const tookS: number[] = [];
    const peaks = watchPeaks(served.node);
    for (let time = 0; time < scale.times; time += 1) {
      const planned = { files: [file], atOnce: 1, count: 1, way, contentType: "video/mp4" };
      const found = await uploadAll(scene, uploadPlan(scene, served.node.port, planned));
      tookS.push(1 / found.perS);
      await untilReady(served, found.uploads);
    }
    figures[`${name}_growth_mib`] = (peaks.stop().nodeBytes - beforeBytes) / mib;
    figures[`${name}_s`] = median(tookS);
  }
  options.say(`memory by size of the file: ${JSON.stringify(figures)}`);
  return figures;
}
