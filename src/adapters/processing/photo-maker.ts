import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { MadeFiles, NamedFile } from "./messages.ts";
import {
  probedPhoto,
  readAnimation,
  readPixels,
  refusing,
  type Animation,
  type Photo,
} from "./photo-reader.ts";
import { animationSizes, stillSizes, type Size } from "./sizes.ts";
import { makeStills, type StillOptions, type Stills } from "./stills.ts";

/** Makes what is shown of a photo. */

const animatedWebp = { quality: 70, effort: 1 } as const;
/** Of all frames together, where an animation is made in its larger size. */
const animationPixelsMax = 60_000_000;

const animationPreviewWidth = 640;
const linkPreviewWidth = 800;

export async function makePhoto(photo: Photo, folder: string): Promise<MadeFiles> {
  if (photo.animation !== null) {
    return makeAnimation(photo, photo.animation, folder);
  }
  const stills = await stillsOf(photo, stillSizes(photo), { folder, prefix: "", withAvif: true });
  return { ...shownAs(photo), ...stills };
}

/** One picture for a link; an animation stands still there. */
export async function makeLinkPreview(photo: Photo, folder: string): Promise<MadeFiles> {
  const [size] = stillSizes(photo, linkPreviewWidth);
  const stills = await stillsOf(photo, [size], { folder, prefix: "preview-", withAvif: false });
  return { ...shownAs(photo), durationMs: null, ...stills };
}

async function makeAnimation(
  photo: Photo,
  { delaysMs, frames, loop }: Animation,
  folder: string,
): Promise<MadeFiles> {
  const animated: NamedFile[] = [];
  for (const size of animationSizes(photo, frames, animationPixelsMax)) {
    const bytes = await refusing(() =>
      readAnimation(photo)
        .resize({ ...size, fit: "fill" })
        .webp({ ...animatedWebp, delay: delaysMs, loop })
        .toBuffer(),
    );
    const name = `${String(size.width)}.webp`;
    await writeFile(path.join(folder, name), bytes);
    animated.push({ name, ...size });
  }
  const [still] = stillSizes(photo, animationPreviewWidth);
  const stills = await stillsOf(photo, [still], { folder, prefix: "still-", withAvif: false });
  return { ...shownAs(photo), ...stills, files: [...animated, ...stills.files] };
}

async function stillsOf(
  photo: Photo,
  [largest, ...smaller]: readonly [Size, ...Size[]],
  options: StillOptions,
): Promise<Stills> {
  return makeStills(await readPixels(photo, largest), smaller, options);
}

function shownAs(photo: Photo): Size & { readonly durationMs: number | null } {
  const { width, height, durationMs } = probedPhoto(photo);
  return { width, height, durationMs };
}
