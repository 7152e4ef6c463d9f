import { describe, expect, it, vi } from "vitest";
import { importPatiently, OutOfDateError } from "./patient-import.ts";
import type { Comparison } from "./version.ts";

const failure = new TypeError("Failed to fetch dynamically imported module");

/** Fails so often, then gives the part. */
function loading(failures: number): () => Promise<string> {
  let left = failures;
  return async () => {
    left -= 1;
    if (left >= 0) {
      throw failure;
    }
    return "part";
  };
}

function world(...answers: readonly Comparison[]) {
  const left = [...answers];
  const pause = vi.fn(() => Promise.resolve());
  return { pause, compare: async () => left.shift() ?? "same" };
}

describe("a part of the page that comes later", () => {
  it("is there when it can be loaded", async () => {
    await expect(importPatiently(loading(0), world())).resolves.toBe("part");
  });

  it("is waited for while the server cannot be reached", async () => {
    const away = world(...Array.from({ length: 40 }, () => "unreachable" as const));
    await expect(importPatiently(loading(40), away)).resolves.toBe("part");
    expect(away.pause).toHaveBeenCalledTimes(40);
  });

  it("makes the page out of date when the server has another build", async () => {
    const replaced = world("unreachable", "other");
    await expect(importPatiently(loading(5), replaced)).rejects.toBeInstanceOf(OutOfDateError);
  });

  it("fails when the server has this build and does not give it", async () => {
    const { pause, compare } = world("same", "same", "same");
    await expect(importPatiently(loading(9), { pause, compare })).rejects.toBe(failure);
    expect(pause).toHaveBeenCalledTimes(2);
  });
});
