import { useSyncExternalStore } from "react";
import { api, maru } from "../data/client.ts";
import { createSignal } from "../data/signal.ts";
import { ownBuild } from "./build.ts";

/** Whether the server has come to another build of the client than this page is of. */

const changed = createSignal();
let isOld = false;

/** "unreachable": the server cannot be asked now. */
export type Comparison = "same" | "other" | "unreachable";

/** Asks the server, and remembers when it has another build. */
export async function compareBuilds(): Promise<Comparison> {
  const own = ownBuild();
  try {
    const { build } = await maru.data(api.GET("/client.json"));
    if (own === null || build === null || build === own) {
      return "same";
    }
  } catch {
    return "unreachable";
  }
  if (!isOld) {
    isOld = true;
    changed.tell();
  }
  return "other";
}

/** A page that is old stays so until it is loaded again. */
export function useIsOld(): boolean {
  return useSyncExternalStore(changed.listen, () => isOld);
}
