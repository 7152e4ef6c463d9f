/** How a picture lies in its frame: so much larger, and moved so far from the middle. */
export interface View {
  readonly scale: number;
  /** In pixels. */
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export const wholeView: View = { scale: 1, x: 0, y: 0 };
const scaleMax = 4;
/** As large as two taps or a key make it. */
export const closeScale = 2.5;

/** Larger or smaller, with what is at this point, counted from the middle, staying where it is. */
export function zoomed(view: View, scale: number, at: Point, frame: Size): View {
  const next = Math.min(scaleMax, Math.max(1, scale));
  const part = next / view.scale;
  return within(
    { scale: next, x: at.x - (at.x - view.x) * part, y: at.y - (at.y - view.y) * part },
    frame,
  );
}

export function moved(view: View, by: Point, frame: Size): View {
  return within({ ...view, x: view.x + by.x, y: view.y + by.y }, frame);
}

/** No further than to the edges. */
function within({ scale, x, y }: View, { width, height }: Size): View {
  const reach = (whole: number): number => ((scale - 1) * whole) / 2;
  return { scale, x: between(x, reach(width)), y: between(y, reach(height)) };
}

function between(value: number, reach: number): number {
  return Math.min(reach, Math.max(-reach, value));
}
