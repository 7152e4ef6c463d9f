import { describeFailures, failuresOf, runGenerator } from "../load/run-generator.ts";
import type { GeneratorResult } from "../load/plan.ts";
import type { Cores } from "../server/pinning.ts";
import type { Prepared, Served } from "../server/served-community.ts";

const atOnce = 32;

/** Everyone who will ask reads once, so that whom they see is known; their ETags are kept on the way. */
export async function warmUp(
  served: Served,
  { people, hubs, folder, community }: Prepared,
  { cores, etagsFile }: { readonly cores: Cores; readonly etagsFile?: string },
): Promise<void> {
  const read = (from: number, count: number, file?: string): Promise<GeneratorResult> =>
    runGenerator(
      served.plan({
        connections: atOnce,
        warmUpS: 0,
        measuredS: null,
        sources: [
          {
            kind: "feed",
            name: "first read",
            perSecond: null,
            atOnce,
            polls: true,
            viewers: { from, count, order: "once" },
          },
        ],
        ...(file === undefined ? {} : { etagsFile: file }),
      }),
      { folder, cores },
    );
  for (const result of [await read(community.people, hubs), await read(0, people, etagsFile)]) {
    if (failuresOf(result) > 0) {
      throw new Error(`first reads failed: ${describeFailures(result)}`);
    }
  }
}
