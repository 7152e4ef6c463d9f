/** In which sizes a picture is made. Pure. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

const widths = [320, 640, 1280, 2560] as const;
const widthMax = 2_560;
/** WebP can be no taller. */
const heightMax = 16_383;
/** A scroll of a screenshot is made narrower than others before it has more than these. */
const pixelsMax = 16_000_000;
/** A width that is nearly the largest spares nobody anything. */
const nearlyLargest = 0.8;
/** Width of the picture that stands for another where it is small. */
const previewWidth = 640;

/**
 * The sizes, the largest first: none is wider than the original, and the largest is as wide as the
 * original unless that is too wide or too tall. Whatever the shape, a side has at least one pixel.
 */
export function stillSizes(original: Size, widest = widthMax): readonly [Size, ...Size[]] {
  const { width, height } = original;
  const shape = height / width;
  const largest = Math.floor(
    Math.min(width, widest, heightMax / shape, Math.sqrt(pixelsMax / shape)),
  );
  const first = scaled(original, Math.max(1, largest));
  const smaller = widths
    .filter((one) => one < first.width * nearlyLargest)
    .map((one) => scaled(original, one))
    .reverse();
  return [first, ...smaller];
}

function scaled({ width, height }: Size, toWidth: number): Size {
  const toHeight = Math.round((height * toWidth) / width);
  return { width: toWidth, height: Math.min(heightMax, Math.max(1, toHeight)) };
}

/** The one whose width is nearest to that of a preview. */
export function nearestToPreview<T extends { readonly width: number }>(files: readonly T[]): T {
  const distance = (file: T): number => Math.abs(file.width - previewWidth);
  return files.reduce((best, file) => (distance(file) < distance(best) ? file : best));
}

const animationWidths = [1280, 640] as const;

/**
 * The sizes of an animation, the largest first. The larger one is made only while all its frames
 * together have no more than `framePixelsMax`: each frame costs as much as a picture.
 */
export function animationSizes(
  original: Size,
  frames: number,
  framePixelsMax: number,
): readonly [Size, ...Size[]] {
  const fits = ({ width, height }: Size): boolean => width * height * frames <= framePixelsMax;
  const [larger] = stillSizes(original, animationWidths[0]);
  const [smaller] = stillSizes(original, animationWidths[1]);
  if (!fits(larger)) {
    return [smaller];
  }
  return smaller.width < larger.width * nearlyLargest ? [larger, smaller] : [larger];
}

const videoLongMax = 1_280;
const videoShortMax = 720;

/** A video is shown within 1280 × 720, upright or not, never enlarged, with even sides as H.264 has them. */
export function videoSize({ width, height }: Size): Size {
  const long = Math.max(width, height);
  const short = Math.min(width, height);
  const scale = Math.min(1, videoLongMax / long, videoShortMax / short);
  const even = (side: number): number => Math.max(2, Math.floor((side * scale + 0.5) / 2) * 2);
  return { width: even(width), height: even(height) };
}
