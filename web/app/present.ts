/** A value that the page cannot be without. */
export function present<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) {
    throw new TypeError("something that the page is built with is not there");
  }
  return value;
}
