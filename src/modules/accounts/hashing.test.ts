import { readdirSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { availableParallelism, getPriority } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../../../test/support/data-folder.ts";
import { Problem } from "../../kernel/problem.ts";
import { createHashing } from "./hashing.ts";

const light = { memoryCost: 8, timeCost: 1, parallelism: 1, outputLen: 32 };
const task = { ...light, password: "correct horse" };
const threadsOfThis = "/proc/self/task";
const standsBack = 10;
const onBroken = (error: unknown): never => expect.unreachable(String(error));

/** The seventeenth word after the thread's name in brackets; null of a thread that has ended. */
function nicenessOf(thread: string): number | null {
  try {
    const words = readFileSync(`${threadsOfThis}/${thread}/stat`, "utf8").split(") ").at(-1);
    return Number(words?.split(" ")[16]);
  } catch {
    return null;
  }
}

describe("threads that hash passwords", () => {
  it("make a hash, and know it again, until they are stopped", async () => {
    const hashing = createHashing({ onBroken });
    const encoded = await hashing.hash(task);
    expect(await hashing.verify({ encoded, password: "correct horse" })).toBe(true);
    expect(await hashing.verify({ encoded, password: "wrong horse" })).toBe(false);
    await hashing.stop();
    await expect(hashing.hash(task)).rejects.toBeInstanceOf(Problem);
  });

  it.skipIf(process.platform !== "linux" || getPriority() >= standsBack)(
    "stand back, and no other thread does",
    async () => {
      const before = new Set(readdirSync(threadsOfThis));
      const hashing = createHashing({ onBroken });
      await hashing.hash(task);
      const begun = readdirSync(threadsOfThis).filter((thread) => !before.has(thread));
      expect(begun.map(nicenessOf).filter((niceness) => niceness === standsBack)).toHaveLength(1);
      expect([...before].map(nicenessOf)).not.toContain(standsBack);
      await hashing.stop();
    },
  );

  it("that cannot start are told of, end nothing else, and are started anew", async () => {
    const path = join(await temporaryFolder(), "thread.mjs");
    await writeFile(path, `throw new Error("no thread today");`);
    const broken: unknown[] = [];
    const hashing = createHashing({
      file: pathToFileURL(path),
      onBroken: (error) => broken.push(error),
    });
    onTestFinished(hashing.stop);
    hashing.start(2);
    await expect.poll(() => broken.length).toBe(Math.min(2, availableParallelism()));
    await expect(hashing.hash(task)).rejects.toThrow();
    const mended = `import { parentPort } from "node:worker_threads";
      parentPort.on("message", ({ password }) => parentPort.postMessage({ result: "hash of " + password }));`;
    await writeFile(path, mended);
    expect(await hashing.hash(task)).toBe("hash of correct horse");
  });
});
