/** Resolves when this has come to an end, well or badly, or after the time. */
export async function within(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(resolve, timeoutMs, undefined);
  const ended = work.catch(() => undefined);
  await Promise.race([ended, promise]);
  clearTimeout(timer);
}
