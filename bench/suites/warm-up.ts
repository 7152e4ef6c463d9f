import { describeFailures, failuresOf, runGenerator } from "../load/run-generator.ts";
import type { Cores } from "../server/pinning.ts";
import type { Prepared, Served } from "../server/served-community.ts";

const atOnce = 32;

export interface FirstReads {
  readonly from: number;
  readonly count: number;
  readonly cores: Cores;
  /** Gets a line `token ETag` for each of them. */
  readonly etagsFile?: string;
}

/** These accounts read once each, so that whom they see is known. */
export async function firstReads(
  served: Served,
  { folder }: Pick<Prepared, "folder">,
  { from, count, cores, etagsFile }: FirstReads,
): Promise<void> {
  const result = await runGenerator(
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
      ...(etagsFile === undefined ? {} : { etagsFile }),
    }),
    { folder, cores },
  );
  if (failuresOf(result) > 0) {
    throw new Error(`first reads failed: ${describeFailures(result)}`);
  }
}

/** Everyone who will ask reads once; people's ETags are kept on the way. */
export async function warmUp(
  served: Served,
  prepared: Prepared,
  options: { readonly cores: Cores; readonly etagsFile?: string },
): Promise<void> {
  const { people, hubs, community } = prepared;
  const { cores } = options;
  await firstReads(served, prepared, { from: community.people, count: hubs, cores });
  await firstReads(served, prepared, { from: 0, count: people, ...options });
}
