/** Which long texts the reader has opened: they stay so when they are scrolled to again. */
const unfolded = new Set<string>();
const unfoldedMax = 500;

export function unfold(id: string): void {
  unfolded.add(id);
  const [oldest] = unfolded;
  if (unfolded.size > unfoldedMax && oldest !== undefined) {
    unfolded.delete(oldest);
  }
}

export function isUnfolded(id: string): boolean {
  return unfolded.has(id);
}
