/** How much room photos and videos have in a story, known before anything of them has come. */

export interface Shape {
  /** Width by height of the whole. */
  readonly ratio: number;
  /** It is no wider, where there is more room. */
  readonly widthPxMax: number;
}

interface Sized {
  readonly width: number;
  readonly height: number;
}

/** So many are shown in a list; the last of them tells how many more there are. */
export const tilesMax = 4;

/** One alone has its own shape within these, so that neither a tower nor a thread comes of it. */
const ratioMin = 0.62;
const ratioMax = 3;
const heightPxMax = 512;
/** What is small is not blown up much. */
const widthPxMin = 240;
const columnPx = 600;
/** Of two, three, and four or more. */
const ratiosOfMany = [16 / 9, 3 / 2, 3 / 2] as const;

export function shapeOf(media: readonly Sized[]): Shape {
  const [first] = media;
  if (first === undefined || media.length > 1) {
    const at = Math.min(media.length, tilesMax) - 2;
    return { ratio: ratiosOfMany[at] ?? 1, widthPxMax: columnPx };
  }
  const ratio = Math.min(ratioMax, Math.max(ratioMin, ratioOf(first)));
  const widthPxMax = Math.round(
    Math.min(heightPxMax * ratio, Math.max(first.width, widthPxMin), columnPx),
  );
  return { ratio, widthPxMax };
}

/** What has no size that makes sense counts as a square. */
export function ratioOf({ width, height }: Sized): number {
  return width > 0 && height > 0 ? width / height : 1;
}
