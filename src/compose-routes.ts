import { systemClock } from "./adapters/system/clock.ts";
import { createMetrics } from "./adapters/telemetry/metrics.ts";
import { createKeyring } from "./kernel/keyring.ts";
import { createCursors } from "./kernel/page.ts";
import type { Route } from "./ports/routes.ts";
import { noMediaParts, noMediaSettings } from "./compose-media.ts";
import { createModules, listOf, noWebClient } from "./compose-modules.ts";

/** Every route of the API, for the reference and the SDK; nothing is started or asked. */
export function describeRoutes(): readonly Route[] {
  const unreachable = new Proxy({}, { get: () => () => undefined }) as never;
  const { metrics } = createMetrics({ processMetrics: false });
  const keyring = createKeyring([{ id: 1, secret: new Uint8Array(32) }]);
  const small = 64;
  const modules = createModules(
    {
      record: unreachable,
      ids: unreachable,
      clock: systemClock,
      cursors: createCursors(keyring),
      metrics,
      logger: unreachable,
      partitions: unreachable,
      region: 0,
      eventLog: unreachable,
      sharedLimits: unreachable,
      keyring,
      files: noMediaParts,
    },
    {
      hashingConcurrency: 1,
      passwordAttemptsMax: 1,
      storyCacheBytes: small,
      media: noMediaSettings,
      linkPreviews: true,
      feed: {
        windowStoriesMax: small,
        accountsMax: small,
        audienceBytesMax: small,
        reactionBytesMax: small,
        itemBytesMax: small,
      },
      web: noWebClient,
    },
  );
  return listOf(modules).flatMap((module) => module.routes);
}
