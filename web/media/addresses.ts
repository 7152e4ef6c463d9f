import type { Media } from "../data/client.ts";

/** The files of a photo or video, by what the browser asks of them. */

/** Before others come those of which the same picture takes fewer bytes. */
const bestFirst = ["image/avif", "image/webp"];

export interface PictureSource {
  readonly type: string;
  readonly srcSet: string;
}

/** `isWhole`: for the whole screen, where a type that is not there in the largest size is left out. */
export function picturesOf(media: Media, isWhole = false): readonly PictureSource[] {
  // Of what moves, the picture that stands still has an address of its own.
  const still = isMoving(media) ? media.previewUrl : null;
  const pictures = media.variants.filter(
    ({ url, type }) => type.startsWith("image/") && url !== still,
  );
  const widestOf = (some: typeof pictures): number => Math.max(0, ...some.map((one) => one.width));
  const widest = widestOf(pictures);
  const types = [...new Set(pictures.map(({ type }) => type))].filter(
    (type) => !isWhole || widestOf(pictures.filter((one) => one.type === type)) === widest,
  );
  const rank = (type: string): number => {
    const at = bestFirst.indexOf(type);
    return at === -1 ? bestFirst.length : at;
  };
  return types
    .toSorted((a, b) => rank(a) - rank(b))
    .map((type) => ({
      type,
      srcSet: pictures
        .filter((picture) => picture.type === type)
        .map(({ url, width }) => `${url} ${width}w`)
        .join(", "),
    }));
}

export function videosOf(media: Media): readonly { url: string; type: string }[] {
  return media.variants.filter(({ type }) => type.startsWith("video/"));
}

/** A picture that moves. */
export function isMoving({ kind, durationSeconds }: Media): boolean {
  return kind === "image" && durationSeconds !== null;
}

const unsigned = (url: string): string => url.split("?", 1)[0] ?? "";

/** Nothing but the signatures of the addresses differs, which are renewed from time to time. */
export function isSameFile(a: Media, b: Media): boolean {
  const plain = (media: Media): string =>
    JSON.stringify({
      ...media,
      url: unsigned(media.url ?? ""),
      previewUrl: unsigned(media.previewUrl ?? ""),
      variants: media.variants.map((file) => ({ ...file, url: unsigned(file.url) })),
    });
  return plain(a) === plain(b);
}
