import type { Comparison } from "./version.ts";

/** This page is of a build whose files are no more: only loading it anew helps. */
export class OutOfDateError extends Error {
  override readonly name = "OutOfDateError";
}

export interface PatientImportDeps {
  readonly compare: () => Promise<Comparison>;
  /** Until it is worth trying again: some seconds, or until the network is back. */
  readonly pause: () => Promise<void>;
}

/** The server is there and has this build: that it cannot be loaded is no passing matter. */
const failuresMax = 3;

/**
 * Loads a part of the client that comes when it is gone to. While the server cannot be reached it
 * waits, and says nothing: the bar about the connection does.
 */
export async function importPatiently<T>(
  load: () => Promise<T>,
  { compare, pause }: PatientImportDeps,
): Promise<T> {
  for (let failures = 1; ;) {
    try {
      return await load();
    } catch (error) {
      const comparison = await compare();
      if (comparison === "other") {
        throw new OutOfDateError("a newer build has replaced this one", { cause: error });
      }
      failures += comparison === "same" ? 1 : 0;
      if (failures > failuresMax) {
        throw error;
      }
      await pause();
    }
  }
}
