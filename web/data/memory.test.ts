import { describe, expect, it } from "vitest";
import { createMemory } from "./memory.ts";

/** As a browser has it, for the parts that are used. */
function storage(): Storage & { fails: boolean } {
  const values = new Map<string, string>();
  const store = {
    fails: false,
    get length() {
      return values.size;
    },
    key: (at: number) => [...values.keys()][at] ?? null,
    getItem: (key: string) => values.get(key) ?? null,
    setItem(key: string, value: string) {
      if (store.fails) {
        throw new DOMException("full", "QuotaExceededError");
      }
      values.set(key, value);
    },
    removeItem: (key: string) => values.delete(key),
    clear: () => {
      values.clear();
    },
  };
  return store;
}

describe("what a browser remembers", () => {
  it("is there for the next page, and gone when it is removed", () => {
    const store = storage();
    createMemory(() => store).write("maru.a", "1");
    const next = createMemory(() => store);
    expect(next.read("maru.a")).toBe("1");
    next.remove("maru.a");
    expect(createMemory(() => store).read("maru.a")).toBeNull();
  });

  it("is known by the beginnings of its names", () => {
    const store = storage();
    const memory = createMemory(() => store);
    for (const key of ["maru.a.1", "maru.a.2", "maru.b.1", "other"]) {
      memory.write(key, "x");
    }
    expect(memory.keys("maru.a.")).toEqual(["maru.a.1", "maru.a.2"]);
  });

  it("stays with the page when the browser has no room, until it has", () => {
    const store = storage();
    const memory = createMemory(() => store);
    memory.write("maru.a", "old");
    store.fails = true;
    memory.write("maru.a", "new");
    memory.write("maru.b", "new");
    expect(memory.read("maru.a")).toBe("new");
    expect(memory.keys("maru.")).toEqual(["maru.a", "maru.b"]);
    expect(createMemory(() => store).read("maru.a")).toBe("old");
    store.fails = false;
    memory.write("maru.a", "newer");
    expect(createMemory(() => store).read("maru.a")).toBe("newer");
  });

  it("stays with the page when the browser is forbidden to remember", () => {
    const memory = createMemory(() => {
      throw new DOMException("forbidden", "SecurityError");
    });
    expect(memory.read("maru.a")).toBeNull();
    memory.write("maru.a", "1");
    expect(memory.read("maru.a")).toBe("1");
    memory.remove("maru.a");
    expect(memory.read("maru.a")).toBeNull();
    expect(memory.keys("maru.")).toEqual([]);
  });
});
