import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { encoding, filters, quiet } from "../../src/adapters/processing/video-encoding.ts";
import { runUploads } from "../load/run-uploads.ts";
import type { Upload } from "../load/upload-plan.ts";
import { watchPeaks } from "../measure/peaks.ts";
import { readCpu } from "../measure/rounds.ts";
import { median } from "../measure/statistics.ts";
import { pinned } from "../server/pinning.ts";
import { askForMedia, readBackMedia, untilReady } from "../server/read-back-media.ts";
import { serve, type Served } from "../server/served-community.ts";
import { uploadPlan, type MediaScene } from "./media-scene.ts";

/** What it costs to make what is shown of photos and videos, by one process and by two, on all cores. */
const processes = [1, 2] as const;
const atOnce = 4;
const msPerS = 1_000;
const usPerMs = 1_000;
const mib = 1024 ** 2;
const pollMs = 20;
const run = promisify(execFile);
/** As it is made of a film of 1280 × 720. */
const filmSize = { width: 1280, height: 720 };

type Kind = "photo" | "film";

export async function measureMaking(scene: MediaScene): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  const bare = await measureFfmpeg(scene);
  for (const many of processes) {
    const settings = { MARU_MEDIA_PROCESSES: String(many) };
    const served = await serve(scene.prepared, { settings });
    try {
      await served.settled();
      if (many === 1) {
        figures["photo_idle_ms"] = await measureIdle(scene, served, "photo");
        figures["film_idle_ms"] = await measureIdle(scene, served, "film");
      }
      for (const kind of ["photo", "film"] as const) {
        for (const [name, value] of Object.entries(await measureMany(scene, served, kind))) {
          figures[`${kind}s_${String(many)}_${name}`] = value;
        }
      }
    } finally {
      await served.stop();
    }
  }
  const of = (name: string): number => figures[name] ?? Number.NaN;
  const { filmS } = scene.scale;
  return {
    photos_2_over_1: of("photos_2_per_s") / of("photos_1_per_s"),
    films_over_ffmpeg: (of("films_1_per_s") * filmS) / bare,
    ...figures,
    films_1_seconds_per_s: of("films_1_per_s") * filmS,
    films_2_seconds_per_s: of("films_2_per_s") * filmS,
    ffmpeg_seconds_per_s: bare,
  };
}

/** From the answer to an upload until it is ready, with nothing else to do; the middle of several. */
async function measureIdle(scene: MediaScene, { node }: Served, kind: Kind): Promise<number> {
  const tookMs: number[] = [];
  for (let time = 0; time <= scene.scale.times; time += 1) {
    const { uploads } = await upload(scene, node.port, { kind, count: 1 });
    const [one] = uploads;
    if (one === undefined) {
      throw new Error("nothing was uploaded");
    }
    while ((await askForMedia(node.url, scene.tokens(one.owner), one.id)).state === "processing") {
      await pause(pollMs);
    }
    // The first starts the process, and does not count.
    if (time > 0) {
      tookMs.push(performance.timeOrigin + performance.now() - one.answeredMs);
    }
  }
  scene.options.say(`a ${kind} is ready after ${median(tookMs).toFixed(0)} ms`);
  return median(tookMs);
}

function upload(
  scene: MediaScene,
  port: number,
  { kind, count }: { readonly kind: Kind; readonly count: number },
): Promise<{ readonly uploads: readonly Upload[] }> {
  const { files, prepared } = scene;
  const of =
    kind === "photo"
      ? { files: files.photos, contentType: "image/jpeg" }
      : { files: [files.film], contentType: "video/mp4" };
  const plan = uploadPlan(scene, port, { ...of, atOnce: Math.min(count, atOnce), count });
  return runUploads(plan, { folder: prepared.folder, cores: "any" });
}

async function measureMany(
  scene: MediaScene,
  served: Served,
  kind: Kind,
): Promise<Record<string, number>> {
  const { scale, options, tokens } = scene;
  const count = kind === "photo" ? scale.photosMade : scale.filmsMade;
  const peaks = watchPeaks(served.node);
  const before = readCpu(served.node);
  const { uploads } = await upload(scene, served.node.port, { kind, count });
  const endMs = await untilReady(served, uploads);
  const after = readCpu(served.node);
  const { mediaBytes, mediaProcessBytes } = peaks.stop();
  const fromMs = Math.min(...uploads.map(({ startedMs }) => startedMs));
  const perS = count / ((endMs - fromMs) / msPerS);
  options.say(`${kind}s: ${perS.toFixed(2)} a second`);
  return {
    per_s: perS,
    cpu_ms: (after.mediaUs - before.mediaUs) / usPerMs / count,
    node_cpu_ms:
      (after.nodeUs + after.databaseUs - before.nodeUs - before.databaseUs) / usPerMs / count,
    media_peak_mib: mediaBytes / mib,
    media_process_peak_mib: mediaProcessBytes / mib,
    read_back_files: await readBackMedia(served, tokens, uploads),
  };
}

/** Seconds of the same film that ffmpeg by itself encodes in a second, as a node has it done. */
async function measureFfmpeg({ files, prepared, scale }: MediaScene): Promise<number> {
  const made = join(prepared.folder, "made.mp4");
  const [program, args] = pinned("asking", "ffmpeg", [
    ...[...quiet, "-i", files.film, "-vf", filters(filmSize, null), ...encoding],
    ...["-movflags", "+faststart", "-f", "mp4", "-y", made],
  ]);
  const fromMs = performance.now();
  await run(program, args);
  return scale.filmS / ((performance.now() - fromMs) / msPerS);
}
