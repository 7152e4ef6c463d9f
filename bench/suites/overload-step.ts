import type { Failure } from "../load/connections.ts";
import type { Source } from "../load/plan.ts";
import { refuseFaults } from "../load/run-generator.ts";
import { describeMachine } from "../measure/machine.ts";
import { memoryOf } from "../measure/processes.ts";
import { usageOf, type Usage } from "../measure/usage.ts";
import type { Report } from "../report/report.ts";
import { sizes } from "../seed/arithmetic.ts";
import { readBackPublished } from "../server/read-back.ts";
import {
  prepare,
  serve,
  type Prepared,
  type Served,
  type SuiteOptions,
} from "../server/served-community.ts";
import { watchAdmin } from "./overload-admin.ts";
import { openSshDoor, type SshDoor } from "./overload-ssh.ts";
import { warmUp } from "./warm-up.ts";

/** One stretch of load on the server, and how all fared in it. */

export const connections = 1_024;
/** As many at a time as bring out what a route can do. */
const atOnce = { publish: 64, feed: 32 } as const;
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

export interface Capacities {
  readonly publish: number;
  readonly feed: number;
}

/** A server on one core with its database, warm, beside an sshd; all of it is taken away in the end. */
export async function inScene(
  options: SuiteOptions,
  measure: (scene: Scene) => Promise<Omit<Report, "machine" | "data">>,
): Promise<Report> {
  const machine = describeMachine();
  const prepared = await prepare(
    options,
    options.size ?? (options.isQuick ? sizes.small : sizes.city),
  );
  try {
    const served = await serve(prepared, { cores: "served" });
    let door: SshDoor | null = null;
    try {
      door = await openSshDoor(prepared.folder);
      await served.settled();
      await warmUp(served, prepared, { cores: "asking" });
      const measured = await measure({ prepared, served, door, options });
      return { ...measured, machine, data: prepared.description };
    } finally {
      door?.stop();
      await served.stop();
    }
  } finally {
    await prepared.remove();
  }
}

export const lengthOf = ({
  options,
}: Scene): { readonly warmUpS: number; readonly measuredS: number } =>
  options.isQuick ? { warmUpS: 1, measuredS: 3 } : { warmUpS: 5, measuredS: options.seconds ?? 20 };

/** A second, one after another, by as many as bring out what the route can do. */
export async function measureCapacity(scene: Scene, kind: Kind): Promise<number> {
  const { prepared, served, options } = scene;
  const sources = [sourceOf(kind, prepared, null)];
  const closed = await usageOf(
    served.node,
    served.plan({ ...lengthOf(scene), connections: atOnce[kind], sources }),
    { folder: prepared.folder, cores: "asking" },
  );
  refuseFaults(closed.result);
  const capacity = answeredOf(closed) / closed.result.measuredS;
  options.say(`${kind}: ${capacity.toFixed(0)} a second, one after another`);
  return capacity;
}

export async function step(
  { prepared, served, door, options }: Scene,
  factor: number,
  plan: {
    readonly warmUpS: number;
    readonly measuredS: number;
    readonly sources: readonly Source[];
    readonly name: string;
    readonly onMeasuring?: () => void;
    readonly onMeasured?: () => void;
  },
): Promise<Step> {
  const admin = watchAdmin(served.node.adminUrl);
  const ssh = door?.watch();
  const { onMeasuring, onMeasured, ...parts } = plan;
  const usage = await usageOf(
    served.node,
    served.plan({ ...parts, connections, chance: Math.ceil(factor) }),
    {
      folder: prepared.folder,
      cores: "asking",
      ...(onMeasuring === undefined ? {} : { onMeasuring }),
      ...(onMeasured === undefined ? {} : { onMeasured }),
    },
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
