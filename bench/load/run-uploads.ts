import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { endedWithUs } from "../server/leftovers.ts";
import { pinned, type Cores } from "../server/pinning.ts";
import type { UploadLine, UploadPlan, UploadResult } from "./upload-plan.ts";

const script = new URL("uploader.ts", import.meta.url).pathname;
let plans = 0;

export interface Uploading {
  /** Resolves when as many are under way as are to be at once. */
  readonly begun: Promise<void>;
  /** Resolves when all that were begun are answered. */
  readonly result: Promise<UploadResult>;
  /** Lets none begin any more. */
  stop(): void;
}

/** Uploads in a process of its own. */
export async function startUploads(
  plan: UploadPlan,
  { folder, cores }: { readonly folder: string; readonly cores: Cores },
): Promise<Uploading> {
  plans += 1;
  const planFile = join(folder, `uploads-${String(plans)}.json`);
  await writeFile(planFile, JSON.stringify(plan));
  const [program, args] = pinned(cores, process.execPath, [script, planFile]);
  const child = endedWithUs(spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] }));
  const begun = Promise.withResolvers<undefined>();

  async function listen(): Promise<UploadResult> {
    let result: UploadResult | null = null;
    for await (const text of createInterface({ input: child.stdout })) {
      const line = JSON.parse(text) as UploadLine;
      if (line.type === "begun") {
        begun.resolve(undefined);
      } else {
        ({ result } = line);
      }
    }
    if (result === null) {
      throw new Error("who uploads ended without a result");
    }
    return result;
  }

  const result = listen();
  result.catch(begun.reject);
  begun.promise.catch(() => undefined);
  return { begun: begun.promise, result, stop: () => child.stdin.end() };
}

/** As many as the plan says. Throws when one was not taken. */
export async function runUploads(
  plan: UploadPlan,
  options: { readonly folder: string; readonly cores: Cores },
): Promise<UploadResult> {
  const { result } = await startUploads(plan, options);
  const found = await result;
  const failures = Object.entries(found.failures);
  if (failures.length > 0) {
    throw new Error(
      `uploads failed: ${failures.map(([why, count]) => `${count} × ${why}`).join(", ")}`,
    );
  }
  return found;
}
