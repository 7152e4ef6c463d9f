import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "./adapters/system/clock.ts";
import { descriptorsMax } from "./adapters/system/descriptors.ts";
import type { RootLogger } from "./adapters/telemetry/logger.ts";
import type { Telemetry } from "./adapters/telemetry/metrics.ts";
import type { Sampling } from "./adapters/telemetry/sampling.ts";
import type { Modules } from "./compose-modules.ts";
import { settings as addresses, type Config } from "./config.ts";
import type { Ending } from "./ending.ts";
import { connectionsMaxOf } from "./http/connections-max.ts";
import type { HttpHost } from "./http/host.ts";
import type { ListenAddress } from "./http/listener.ts";
import { partsOf } from "./http/load-guard.ts";
import { drainTimeoutMs, httpSettingsDefault, type HttpSettings } from "./http/settings.ts";
import type { Keyring } from "./kernel/keyring.ts";
import type { ServingTerm } from "./kernel/serving-term.ts";
import { listening } from "./listening.ts";
import { createReadingThreads, type ReadingThreads } from "./reading-threads.ts";

/** Lets the API listen in as many threads as are set. */

/** An operator should know of a limit that leaves no more to a thread. */
const connectionsFew = httpSettingsDefault.connectionsMax / 4;

export function httpSettingsOf(config: Config): HttpSettings {
  return {
    ...httpSettingsDefault,
    connectionsMax: connectionsMaxOf({
      connectionsMax: httpSettingsDefault.connectionsMax,
      descriptors: descriptorsMax(),
      threads: config.threads,
    }),
    publicUrl: config.publicUrl,
    trustedProxies: config.trustedProxies,
    requestTimeoutMs: config.requestTimeoutMs,
    drainTimeoutMs: drainTimeoutMs(config.requestTimeoutMs),
    drainDelayMs: config.drainMs,
    load: {
      accountRate: config.accountRate,
      networkRate: config.networkRate,
      adaptiveLimit: config.adaptiveLimit,
      loopDelayMs: config.loopDelayMs,
    },
  };
}

export interface Serving {
  readonly config: Config;
  readonly program: {
    readonly version: string;
    readonly isTracing: boolean;
    readonly sampling?: Sampling;
  };
  readonly settings: HttpSettings;
  readonly modules: Pick<Modules, "accounts" | "feed" | "web">;
  readonly keyring: Keyring;
  readonly term: ServingTerm;
  readonly logger: RootLogger;
  readonly telemetry: Telemetry;
}

export async function serveApi(
  api: HttpHost,
  { config, program, settings, modules, keyring, term, logger, telemetry }: Serving,
  ending: Ending,
): Promise<ListenAddress> {
  const { port, host, drainMs } = config;
  const isShared = config.threads > 1;
  if (settings.connectionsMax < connectionsFew) {
    logger.warn(
      { descriptors: descriptorsMax(), connectionsOfThread: settings.connectionsMax },
      "the limit of open files (ulimit -n) leaves room for fewer connections than usual",
    );
  }
  const threads = createReadingThreads({
    count: config.threads - 1,
    listenInside: api.listenInside,
    feed: modules.feed.contract.buffers,
    sessions: modules.accounts.contract.sessionMemory,
    term: term.memory,
    keys: keyring.keys,
    trustedProxies: settings.trustedProxies,
    connectionsMax: settings.connectionsMax,
    load: settings.load,
    pageParts: partsOf(modules.web.routes),
    isTracing: program.isTracing,
    sampling: program.sampling,
    version: program.version,
    logger,
    telemetry,
    monotonicMs: systemClock.monotonicMs,
  });
  ending.add("API", async () => {
    await Promise.all([api.close(), threads.close()]);
  });
  ending.add("requests", () => drain(api, threads, drainMs), Number.POSITIVE_INFINITY);
  const address = await listening(api.listen({ port, host, isShared }), addresses);
  if (isShared) {
    await listening(threads.start({ host, port: address.port }), addresses);
  }
  return address;
}

/** Threads forward to the main thread, which waits for what they have forwarded. */
async function drain(api: HttpHost, threads: ReadingThreads, delayMs: number): Promise<void> {
  const drained = delay(delayMs).then(threads.drain);
  await api.drain();
  await Promise.all([drained, threads.close()]);
}
