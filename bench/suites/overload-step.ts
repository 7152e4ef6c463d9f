import type { Failure } from "../load/connections.ts";
import type { Source } from "../load/plan.ts";
import { refuseFaults } from "../load/run-generator.ts";
import { memoryOf } from "../measure/processes.ts";
import { usageOf, type Usage } from "../measure/usage.ts";
import { readBackPublished } from "../server/read-back.ts";
import type { Prepared, Served, SuiteOptions } from "../server/served-community.ts";
import { watchAdmin } from "./overload-admin.ts";
import type { SshDoor } from "./overload-ssh.ts";

/** One stretch of load on the server, and how all fared in it. */

export const connections = 1_024;
/** As many at a time as bring out what a route can do. */
export const atOnce = { publish: 64, feed: 32 } as const;
const mib = 1024 ** 2;
const percent = 100;

export type Kind = keyof typeof atOnce;

export interface Step {
  readonly factor: number;
  readonly usage: Usage;
  readonly goodput: number;
  readonly refusedPerS: number;
  readonly admittedP99Ms: number;
  readonly refusedP99Ms: number;
  /** Time-outs and broken connections. */
  readonly unintended: number;
  /** As a part of what was due: every connection waited for an answer for a second. */
  readonly notSent: number;
  readonly adminP99Ms: number;
  readonly oldestMetricsMs: number;
  /** The slowest over SSH; null where there is no sshd. */
  readonly signInMs: number | null;
  readonly rssMib: number;
}

export interface Scene {
  readonly prepared: Prepared;
  readonly served: Served;
  /** Null where there is no sshd. */
  readonly door: SshDoor | null;
  readonly options: SuiteOptions;
}

export function sourceOf(kind: Kind, { people }: Prepared, perSecond: number | null): Source {
  const viewers = { from: 0, count: people, order: "random" } as const;
  const rate = { name: kind, perSecond, viewers, atOnce: atOnce[kind] };
  return kind === "publish" ? { ...rate, kind, hasKey: true } : { ...rate, kind };
}

export async function step(
  { prepared, served, door, options }: Scene,
  factor: number,
  plan: {
    readonly warmUpS: number;
    readonly measuredS: number;
    readonly sources: readonly Source[];
    readonly name: string;
  },
): Promise<Step> {
  const admin = watchAdmin(served.node.adminUrl);
  const ssh = door?.watch();
  const usage = await usageOf(
    served.node,
    served.plan({ ...plan, connections, chance: Math.ceil(factor) }),
    { folder: prepared.folder, cores: "asking" },
  );
  const operators = await admin.stop();
  const signInMs = (await ssh?.stop()) ?? null;
  const { result } = usage;
  refuseFaults(result);
  await readBackPublished(served.sql, result.published);
  const refused = result.sources.reduce((sum, source) => sum + source.refusedIn.count, 0);
  const found: Step = {
    factor,
    usage,
    goodput: answeredOf(usage) / result.measuredS,
    refusedPerS: refused / result.measuredS,
    admittedP99Ms: Math.max(...result.sources.map(({ answeredIn }) => answeredIn.p99Ms)),
    refusedP99Ms: Math.max(...result.sources.map(({ refusedIn }) => refusedIn.p99Ms)),
    unintended: failedBy(usage, "timeout") + failedBy(usage, "connection"),
    notSent: failedBy(usage, "not-sent") / dueOf(usage),
    adminP99Ms: operators.p99Ms,
    oldestMetricsMs: operators.oldestMetricsMs,
    signInMs,
    rssMib: memoryOf(served.node.pid).rssBytes / mib,
  };
  options.say(
    `${plan.name} × ${String(factor)}: ${found.goodput.toFixed(0)} answered a second within ${found.admittedP99Ms.toFixed(0)} ms, ` +
      `${found.refusedPerS.toFixed(0)} refused within ${found.refusedP99Ms.toFixed(0)} ms, ${String(found.unintended)} failed, ${(found.notSent * percent).toFixed(0)} % not sent`,
  );
  return found;
}

export function answeredOf({ result }: Usage): number {
  return result.sources.reduce((sum, { answered }) => sum + answered, 0);
}

const dueOf = ({ result }: Usage): number => result.sources.reduce((sum, { due }) => sum + due, 0);

function failedBy({ result }: Usage, why: Failure): number {
  return result.sources.reduce((sum, { failures }) => sum + (failures[why] ?? 0), 0);
}
