/** What several rounds come to. */

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Greatest less smallest, as a share of the median; 0 for values that are all the same. */
export function spread(values: readonly number[]): number {
  const range = Math.max(...values) - Math.min(...values);
  return range === 0 ? 0 : range / median(values);
}

/** To so many digits that count: figures differ by more than what is cut. */
export function rounded(value: number, digits = 4): number {
  return Number.isFinite(value) ? Number(value.toPrecision(digits)) : value;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** By how much y rises with x, by least squares; 0 for less than two points. */
export function slope(points: readonly Point[]): number {
  const count = points.length;
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / count;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / count;
  const across = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  const along = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  return along === 0 ? 0 : across / along;
}
