import type { ChildProcess } from "node:child_process";
import { rm } from "node:fs/promises";

/** What a bench that fails or is stopped must not leave behind: processes first, then their folders. */
const children = new Set<ChildProcess>();
const folders = new Set<string>();

const endWithinMs = 20_000;

export function endedWithUs<Child extends ChildProcess>(child: Child): Child {
  children.add(child);
  child.once("close", () => {
    children.delete(child);
  });
  return child;
}

export function removedWithUs(folder: string): void {
  folders.add(folder);
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  folders.delete(folder);
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const hard = setTimeout(() => child.kill("SIGKILL"), endWithinMs);
    child.once("close", () => {
      clearTimeout(hard);
      resolve();
    });
    child.kill("SIGTERM");
  });
}

export async function endLeftovers(): Promise<void> {
  await Promise.all([...children].map(end));
  await Promise.all([...folders].map(removeFolder));
}
