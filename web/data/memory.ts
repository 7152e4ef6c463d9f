/**
 * What this browser remembers under a name. It may be forbidden to, or be full: then the page goes on
 * with what it holds itself, for as long as it is open.
 */
export interface Memory {
  read(key: string): string | null;
  write(key: string, value: string): void;
  remove(key: string): void;
  /** Every name that begins so. */
  keys(beginning: string): readonly string[];
}

export function createMemory(storage: () => Storage): Memory {
  /** What the browser did not take; null: what it did not let go of. */
  const held = new Map<string, string | null>();

  function attempt<T>(job: (store: Storage) => T, otherwise: T): T {
    try {
      return job(storage());
    } catch {
      return otherwise;
    }
  }

  function put(key: string, value: string | null): void {
    const isKept = attempt((store) => {
      if (value === null) {
        store.removeItem(key);
      } else {
        store.setItem(key, value);
      }
      return true;
    }, false);
    if (isKept) {
      held.delete(key);
    } else {
      held.set(key, value);
    }
  }

  return {
    read(key) {
      const own = held.get(key);
      return own === undefined ? attempt((store) => store.getItem(key), null) : own;
    },
    write: put,
    remove(key) {
      put(key, null);
    },
    keys(beginning) {
      const kept = attempt(
        (store) => Array.from({ length: store.length }, (_, i) => store.key(i) ?? ""),
        [],
      );
      return [...new Set([...kept, ...held.keys()])].filter(
        (key) => key.startsWith(beginning) && held.get(key) !== null,
      );
    },
  };
}

/** Until someone clears it; shared by all tabs. */
export const lasting = createMemory(() => localStorage);

/** As long as the tab, through reloads. */
export const ofThisTab = createMemory(() => sessionStorage);
