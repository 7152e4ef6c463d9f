/** A list of who wants to know. */
export interface Signal<T = void> {
  readonly listen: (listener: (value: T) => void) => () => void;
  readonly tell: (value: T) => void;
}

export function createSignal<T = void>(): Signal<T> {
  const listeners = new Set<(value: T) => void>();
  return {
    listen(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    tell(value) {
      for (const listener of [...listeners]) {
        listener(value);
      }
    },
  };
}
