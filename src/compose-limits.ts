import { createLocalLimits } from "./adapters/memory/limits.ts";
import { createSharedLimits } from "./adapters/valkey/limits.ts";
import type { Config } from "./config.ts";
import type { Clock } from "./ports/clock.ts";
import type { Limits } from "./ports/limits.ts";
import type { HealthCheck } from "./ports/module.ts";
import type { Logger } from "./ports/telemetry.ts";

/** Where this node counts what is limited. */
export interface LimitParts {
  readonly limits: Limits;
  readonly healthChecks: readonly HealthCheck[];
  stop(): Promise<void>;
}

export function openLimits(deps: {
  readonly config: Config;
  /** Names this process among the nodes. */
  readonly node: string;
  readonly clock: Clock;
  readonly logger: Logger;
}): LimitParts {
  const { config, node, clock, logger } = deps;
  const local = createLocalLimits();
  if (config.valkeyUrl === null) {
    return { limits: local, healthChecks: [], stop: () => Promise.resolve() };
  }
  const { monotonicMs } = clock;
  const shared = createSharedLimits({
    url: config.valkeyUrl,
    name: node,
    local,
    logger,
    monotonicMs,
  });
  return {
    limits: shared,
    healthChecks: [{ name: "valkey", check: shared.trouble, isBearable: true }],
    async stop() {
      shared.stop();
    },
  };
}
