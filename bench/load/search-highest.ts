/**
 * The highest rate that holds: upwards by a factor until one does not, then between the two, until
 * they are close.
 */
export interface Search {
  readonly from: number;
  readonly factor: number;
  /** Found when what holds and what does not are this close, as a share of the former. */
  readonly closeTo: number;
  readonly probesMax: number;
}

/** 0 when not even the lowest rate that was tried holds. */
export async function searchHighest(
  { from, factor, closeTo, probesMax }: Search,
  holds: (rate: number) => Promise<boolean>,
): Promise<number> {
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  let rate = from;
  for (let probe = 0; probe < probesMax && least - best > best * closeTo; probe += 1) {
    if (await holds(rate)) {
      best = rate;
    } else {
      least = rate;
    }
    if (least === Number.POSITIVE_INFINITY) {
      rate = best * factor;
    } else {
      rate = best === 0 ? least / factor : (best + least) / 2;
    }
  }
  return best;
}
