import { spawnSync } from "node:child_process";
import { describeMachine } from "../measure/machine.ts";
import { createTally, type Tally } from "../measure/rounds.ts";
import { roundedFigures, type Report } from "../report/report.ts";
import { canPin } from "../server/pinning.ts";
import { serve, type SuiteOptions } from "../server/served-community.ts";
import { closedGenerator } from "../load/closed-model.ts";
import { filmsAtOnce, keptOfUploads, measureBeside } from "./media-beside.ts";
import { linkSettings, measureLinks } from "./media-links.ts";
import { measureMaking } from "./media-making.ts";
import { prepareScene, type MediaScene } from "./media-scene.ts";
import { measureServing } from "./media-serving.ts";
import { measureUploads } from "./media-uploads.ts";
import { warmUp } from "./warm-up.ts";

/** What photos, videos and link previews cost, and what they cost those who read feeds meanwhile. */
export async function benchMedia(options: SuiteOptions): Promise<Report> {
  if (spawnSync("ffmpeg", ["-version"]).status !== 0) {
    throw new Error("videos are made by ffmpeg, which is not here");
  }
  const machine = describeMachine();
  const scene = await prepareScene(options);
  const { prepared, scale } = scene;
  const tally = createTally();
  try {
    const uploads = await measureUploads(scene);
    const making = await measureMaking(scene);
    const { beside, links } = await measureWhileServing(scene, tally);
    const measured = tally.medians();
    const figures = { ...measured, ...beside, ...uploads, ...making, ...links.figures };
    const { width, height } = scale.photo;
    return {
      suite: "media",
      machine,
      data: prepared.description,
      figures: roundedFigures(figures),
      rounds: tally.rounds(),
      spreads: tally.spreads(),
      notes: [
        `photos of ${width} × ${height} in ${(scale.photo.bytes / 1e6).toFixed(1)} MB, drawn; videos of 1280 × 720, 30 frames and 8 megabits a second, ${scale.filmS} and ${scale.longFilmS} s long, filmed by ffmpeg`,
        "uploads, files and reads: " +
          (canPin()
            ? "server, PostgreSQL and all processes for media on core 0, who asks on core 1"
            : "not pinned") +
          "; making: all cores",
        "uploads: what is shown of earlier ones is made meanwhile, by one process; over_bare: against a node:http server that writes the same bytes to the disk and waits for it; every one was ready in the end, and each of its files was read",
        `growth: how much more memory the node's process had at most than before the first of these files; ${scale.times} of ${scale.smallFileBytes / 1e6} MB one after another, then as many of ${scale.largeFileBytes / 1e6} MB, then these by tus in parts of 8 MiB; what earlier ones left behind counts`,
        `files: ${closedGenerator()}, 64 connections, one file again and again`,
        `beside: reads at half of what 32 readers get one after another; medians of ${scale.besideRounds} rounds, in each of which all were measured in turn, alone with the processes for media standing still. films: while ${filmsAtOnce} videos are made (MARU_MEDIA_PROCESSES=${filmsAtOnce}); phones: and 20 uploads at once, each at 8 megabits a second; flood: and 20 that come as fast as they are taken. Of the uploads of either kind all but ${keptOfUploads} were deleted before they were made`,
        "waiting_share: how long the node's main thread was ready to run and did not get its core",
        ...links.notes,
      ],
      charts: [
        {
          kind: "bars",
          title: "99 % of feed reads, beside photos and videos",
          unit: "ms",
          bars: (["alone", "films", "phones", "flood"] as const).map((name) => ({
            name,
            parts: [{ name: "latency, p99", value: measured[`reads_${name}_p99_ms`] ?? 0 }],
          })),
        },
      ],
    };
  } finally {
    await prepared.remove();
  }
}

async function measureWhileServing(scene: MediaScene, tally: Tally) {
  const { prepared, options } = scene;
  const served = await serve(prepared, {
    cores: "served",
    settings: { MARU_MEDIA_PROCESSES: String(filmsAtOnce), ...linkSettings },
  });
  try {
    await served.settled();
    const links = await measureLinks(scene, served);
    options.say(`links: ${JSON.stringify(links)}`);
    await measureServing(scene, served, tally);
    await warmUp(served, prepared, { cores: "asking" });
    await served.settled();
    return { links, beside: await measureBeside(scene, served, tally) };
  } finally {
    await served.stop();
  }
}
