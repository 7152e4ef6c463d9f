/** A broken assumption of ours: a bug, never a consequence of input. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) {
    throw new AssertionError(message);
  }
}

/** The value, of which we know that it is there. */
export function present<T>(value: T | undefined | null, what: string): T {
  if (value === undefined || value === null) {
    throw new AssertionError(`missing: ${what}`);
  }
  return value;
}
