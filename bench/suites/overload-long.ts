import { roundedFigures, type Report } from "../report/report.ts";
import type { SuiteOptions } from "../server/served-community.ts";
import {
  inScene,
  measureCapacity,
  sourceOf,
  step,
  type Capacities,
  type Scene,
} from "./overload-step.ts";

const factor = 10;
const longS = 600;
const quickS = 3;

/** More than the server can do for as long as a sale lasts, from a standing start. */
export function benchOverloadLong(options: SuiteOptions): Promise<Report> {
  return inScene(options, async (scene) => {
    const capacities = {
      publish: await measureCapacity(scene, "publish"),
      feed: await measureCapacity(scene, "feed"),
    };
    const figures = await measureLong(scene, capacities);
    await scene.served.settled();
    return {
      suite: "overload-long",
      figures: roundedFigures({
        ...figures,
        publish_capacity_per_s: capacities.publish,
        feed_capacity_per_s: capacities.feed,
      }),
      notes: [
        "half of ten times each capacity at once, over 1,024 connections that are opened when it begins; times from when a request was sent",
        "unintended: time-outs and broken connections; restarts: the node's, the operators' or PostgreSQL's process is another one afterwards",
      ],
    };
  });
}

/** Of the node, its operators' process and PostgreSQL: one that was started anew has another id, or another start. */
async function livesOf({ served }: Scene): Promise<string> {
  const metrics = await served.metrics();
  const names = ["maru_operator_process_id", "process_start_time_seconds"];
  const lives = names.map((name) => {
    const value = metrics.get(name);
    if (value === undefined) {
      throw new Error(`the metrics do not tell ${name}`);
    }
    return String(value);
  });
  const [postgres] = await served.sql`SELECT pg_postmaster_start_time()::text AS since`;
  return [...lives, String(postgres?.["since"])].join(" ");
}

/** Ten times as much as can be done, one half of it reads, for ten minutes. */
async function measureLong(
  scene: Scene,
  { publish, feed }: Capacities,
): Promise<Record<string, number>> {
  const { prepared, options } = scene;
  const lives = await livesOf(scene);
  const found = await step(scene, factor, {
    warmUpS: 0,
    measuredS: options.seconds ?? (options.isQuick ? quickS : longS),
    name: "reads and writes",
    sources: [
      sourceOf("publish", prepared, (publish * factor) / 2),
      sourceOf("feed", prepared, (feed * factor) / 2),
    ],
  });
  const { sources, measuredS } = found.usage.result;
  const [writes, reads] = sources;
  return {
    long_s: measuredS,
    long_unintended_failures: found.unintended,
    long_restarts: lives === (await livesOf(scene)) ? 0 : 1,
    long_writes_per_s: (writes?.answered ?? 0) / measuredS,
    long_reads_per_s: (reads?.answered ?? 0) / measuredS,
    long_admitted_p99_ms: found.admittedP99Ms,
    long_refused_p99_ms: found.refusedP99Ms,
    long_admin_p99_ms: found.adminP99Ms,
    long_oldest_metrics_ms: found.oldestMetricsMs,
    ...(found.signInMs === null ? {} : { long_ssh_sign_in_ms: found.signInMs }),
    long_rss_mib: found.rssMib,
  };
}
