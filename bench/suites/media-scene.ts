import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { UploadPlan } from "../load/upload-plan.ts";
import { createTokens } from "../load/traffic.ts";
import { fillUp, filmClip } from "../seed/films.ts";
import { drawPhotos, type PhotoSize } from "../seed/photos.ts";
import { sizes } from "../seed/arithmetic.ts";
import {
  prepare,
  type Prepared,
  type Served,
  type SuiteOptions,
} from "../server/served-community.ts";

/** What all parts of the suite about photos and videos share: people, files, and how large all is. */
export interface MediaScene {
  readonly prepared: Prepared;
  readonly options: SuiteOptions;
  readonly scale: Scale;
  readonly files: MediaFiles;
  readonly tokens: (person: number) => string;
}

export interface Scale {
  readonly photo: PhotoSize;
  readonly photos: number;
  /** How many are uploaded one at a time, four and sixteen at a time, and by tus. */
  readonly uploads: Readonly<Record<1 | 4 | 16 | "tus", number>>;
  readonly photosMade: number;
  readonly filmsMade: number;
  readonly filmS: number;
  readonly longFilmS: number;
  /** Times that what is done once is done. */
  readonly times: number;
  readonly smallFileBytes: number;
  readonly largeFileBytes: number;
  readonly linkingStories: number;
  readonly besideRounds: number;
}

const mega = 1_000_000;

const full: Scale = {
  photo: { width: 4_000, height: 3_000, bytes: 3 * mega },
  photos: 6,
  uploads: { 1: 16, 4: 32, 16: 64, tus: 16 },
  photosMade: 24,
  filmsMade: 4,
  filmS: 15,
  longFilmS: 60,
  times: 5,
  smallFileBytes: 30 * mega,
  largeFileBytes: 300 * mega,
  linkingStories: 1_000,
  besideRounds: 7,
};

/** Says that all works; its figures say little. */
const quick: Scale = {
  photo: { width: 2_000, height: 1_500, bytes: 0.7 * mega },
  photos: 2,
  uploads: { 1: 2, 4: 4, 16: 16, tus: 4 },
  photosMade: 4,
  filmsMade: 2,
  filmS: 3,
  longFilmS: 20,
  times: 2,
  smallFileBytes: 5 * mega,
  largeFileBytes: 50 * mega,
  linkingStories: 100,
  besideRounds: 2,
};

export interface MediaFiles {
  readonly photos: readonly string[];
  readonly film: string;
  readonly longFilm: string;
  /** Short videos in files that are long. */
  readonly small: string;
  readonly large: string;
}

/** Each may have a hundred items that no story shows. */
export const uploaders = { from: 0, count: 400 } as const;
const shortFilmS = 2;

export async function prepareScene(options: SuiteOptions): Promise<MediaScene> {
  const scale = options.isQuick ? quick : full;
  const prepared = await prepare(options, options.size ?? sizes.small);
  try {
    const files = await makeFiles(join(prepared.folder, "media"), scale, options);
    const tokens = createTokens({ community: prepared.community });
    return { prepared, options, scale, files, tokens };
  } catch (error) {
    await prepared.remove();
    throw error;
  }
}

async function makeFiles(folder: string, scale: Scale, { say }: SuiteOptions): Promise<MediaFiles> {
  await mkdir(folder);
  const at = (name: string): string => join(folder, name);
  const { photo, photos } = scale;
  say(`drawing ${photos} photos of ${photo.width} × ${photo.height}, and filming`);
  const drawn = await drawPhotos(photo, photos);
  const names = await Promise.all(
    drawn.map(async (bytes, i) => {
      await writeFile(at(`${i}.jpg`), bytes);
      return at(`${i}.jpg`);
    }),
  );
  const [film, longFilm, short] = [at("film.mp4"), at("long-film.mp4"), at("short-film.mp4")];
  await filmClip(film, scale.filmS);
  await filmClip(longFilm, scale.longFilmS);
  await filmClip(short, shortFilmS);
  const [small, large] = [at("small.mp4"), at("large.mp4")];
  await fillUp(short, small, scale.smallFileBytes);
  await fillUp(short, large, scale.largeFileBytes);
  return { photos: names, film, longFilm, small, large };
}

type Planned = Pick<UploadPlan, "files" | "atOnce" | "count"> & Partial<UploadPlan>;

/** Photos as forms and as fast as they are taken, unless it is said otherwise. */
export function uploadPlan(
  { prepared }: Pick<MediaScene, "prepared">,
  port: Served["node"]["port"],
  planned: Planned,
): UploadPlan {
  return {
    port,
    community: prepared.community,
    way: "form",
    contentType: "image/jpeg",
    bytesPerS: null,
    people: uploaders,
    ...planned,
  };
}
