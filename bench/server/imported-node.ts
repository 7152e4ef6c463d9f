import { chmod, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommunityFiles } from "../seed/community.ts";
import { removeFolder, removedWithUs } from "./leftovers.ts";
import { runCommand } from "./node-process.ts";

/** The password of everybody in the imported community. */
export const benchPassword = "a bench's own password";
const traversableMode = 0o711;

/** A folder of the bench's own, which PostgreSQL's user may pass through. */
export async function benchFolder(): Promise<{
  readonly path: string;
  readonly remove: () => Promise<void>;
}> {
  const path = await mkdtemp(join(tmpdir(), "maru-bench-"));
  await chmod(path, traversableMode);
  removedWithUs(path);
  return { path, remove: () => removeFolder(path) };
}

/** Imports a community into the data folder. */
export function importCommunity(
  files: CommunityFiles,
  dataDir: string,
): Promise<{ readonly text: string; readonly ms: number }> {
  return runCommand([
    ...["import", "--friends", files.friends, "--stories", files.stories],
    ...["--password", benchPassword, "--data", dataDir],
  ]);
}

/** The token of someone of the community. */
export async function signIn(url: string, handle: string): Promise<string> {
  const answer = await fetch(`${url}/v1/sessions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ handle, password: benchPassword }),
  });
  if (!answer.ok) {
    throw new Error(`${handle} could not sign in: ${await answer.text()}`);
  }
  return ((await answer.json()) as { token: string }).token;
}
