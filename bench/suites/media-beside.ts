import { setTimeout as pause } from "node:timers/promises";
import { runUploads } from "../load/run-uploads.ts";
import type { Upload } from "../load/upload-plan.ts";
import { mediaProgramCount, signalMedia } from "../measure/processes.ts";
import type { Tally } from "../measure/rounds.ts";
import { askForMedia, readBackMedia, untilReady } from "../server/read-back-media.ts";
import type { Served } from "../server/served-community.ts";
import { ask } from "./cell-bench.ts";
import { noteReads, readCapacity, readsBeside, type Lengths, type Reads } from "./media-reads.ts";
import { uploadPlan, type MediaScene } from "./media-scene.ts";

/**
 * What photos and videos cost those who read feeds: reads at half of what the node can, on its one core with
 * PostgreSQL and everything for media. In each round there are reads alone, then four videos that are being
 * made, then these and twenty uploads as phones send them, then these and twenty that come as fast as they are
 * taken. While reads are alone the videos stand still, so that both are of the same minute of the machine.
 */
export const filmsAtOnce = 4;
/** Of phones' uploads and of the flood's each: to make all of them would take longer than all else. */
export const keptOfUploads = 40;
/** Of a phone: 8 megabits a second. */
const phoneBytesPerS = 1_000_000;
const share = 0.5;
const pollMs = 50;

export async function measureBeside(
  scene: MediaScene,
  served: Served,
  tally: Tally,
): Promise<Record<string, number>> {
  const { options, scale } = scene;
  const { node } = served;
  const lengths: Lengths = options.isQuick
    ? { warmUpS: 1, measuredS: 2 }
    : { warmUpS: 1.5, measuredS: options.seconds ?? 10 };
  const capacity = await readCapacity(scene, served, lengths);
  const films = await beginFilms(scene, served);
  const phones: Upload[] = [];
  const flood: Upload[] = [];
  for (let round = 1; round <= scale.besideRounds; round += 1) {
    options.say(`beside, round ${String(round)} of ${String(scale.besideRounds)}`);
    const read = (bytesPerS?: number | null): Promise<Reads> =>
      readsBeside(scene, served, { ...lengths, perSecond: capacity * share, bytesPerS });
    signalMedia(node.pid, "SIGSTOP");
    const alone = await read().finally(() => {
      signalMedia(node.pid, "SIGCONT");
    });
    const beside = {
      films: await read(),
      phones: await read(phoneBytesPerS),
      flood: await read(null),
    };
    noteReads(tally, alone, beside);
    phones.push(...beside.phones.uploads);
    flood.push(...beside.flood.uploads);
  }
  const filmsLeft = mediaProgramCount(node.pid);
  const kept = [phones, flood].flatMap((list) => list.slice(0, keptOfUploads));
  await deleteAll(
    scene,
    served,
    [phones, flood].flatMap((list) => list.slice(keptOfUploads)),
  );
  options.say(`until ${String(films.length + kept.length)} photos and videos are made`);
  await untilReady(served, [...films, ...kept]);
  return {
    beside_capacity_per_s: capacity,
    beside_films_in_the_end: filmsLeft,
    beside_uploads: phones.length + flood.length,
    beside_read_back: films.length + kept.length,
    beside_read_back_files: await readBackMedia(served, scene.tokens, [...films, ...kept]),
  };
}

/** They are being made when it resolves. */
async function beginFilms(scene: MediaScene, { node }: Served): Promise<readonly Upload[]> {
  const { uploads } = await runUploads(
    uploadPlan(scene, node.port, {
      files: [scene.files.longFilm],
      contentType: "video/mp4",
      atOnce: filmsAtOnce,
      count: filmsAtOnce,
    }),
    { folder: scene.prepared.folder, cores: "asking" },
  );
  while (mediaProgramCount(node.pid) < filmsAtOnce) {
    await pause(pollMs);
  }
  return uploads;
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
