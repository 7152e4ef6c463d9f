import { runClosed } from "../load/closed-model.ts";
import { memoryOf } from "../measure/processes.ts";
import { roundOf } from "../measure/rounds.ts";
import { median } from "../measure/statistics.ts";
import { ServerRefused } from "../server/node-process.ts";
import { serve, type Prepared, type SuiteOptions } from "../server/served-community.ts";
import { warmUp } from "./warm-up.ts";

/** What a second thread that reads the same index costs: the same load on all cores, one thread and two. */
const connections = 64;
const mib = 1024 ** 2;

interface Reading {
  readonly cpuUs: number;
  readonly perSecond: number;
  readonly memoryMib: number;
}

export interface ThreadsResult {
  readonly figures: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
}

export async function measureThreads(
  prepared: Prepared,
  options: SuiteOptions,
): Promise<ThreadsResult> {
  const one = await measure(prepared, options, 1);
  try {
    const two = await measure(prepared, options, 2);
    return {
      figures: {
        threads2_over_1_cpu: two.cpuUs / one.cpuUs,
        threads2_over_1_memory: two.memoryMib / one.memoryMib,
        threads1_cpu_us: one.cpuUs,
        threads2_cpu_us: two.cpuUs,
        threads1_per_s: one.perSecond,
        threads2_per_s: two.perSecond,
        threads1_memory_mib: one.memoryMib,
        threads2_memory_mib: two.memoryMib,
      },
      notes: ["threads: server, PostgreSQL and generator share all cores, nobody publishes"],
    };
  } catch (error) {
    if (error instanceof ServerRefused) {
      return {
        figures: {},
        notes: [
          `threads2_over_1_cpu is left out: this server does not start with MARU_THREADS=2 (${error.message.trim().split("\n").at(-1) ?? ""})`,
        ],
      };
    }
    throw error;
  }
}

async function measure(
  prepared: Prepared,
  { isQuick, say }: SuiteOptions,
  threads: number,
): Promise<Reading> {
  const settings: Record<string, string> = threads === 1 ? {} : { MARU_THREADS: String(threads) };
  const [seconds, rounds] = isQuick ? [2, 2] : [8, 3];
  const served = await serve(prepared, { settings });
  try {
    say(`threads: ${String(threads)}`);
    await served.settled();
    await warmUp(served, prepared, { cores: "any" });
    const load = (): ReturnType<typeof runClosed> =>
      runClosed(
        {
          url: served.node.url,
          method: "GET",
          path: "/v1/feed",
          peopleFile: prepared.peopleFile,
          bodiesFile: null,
          connections,
          seconds,
        },
        "any",
      );
    const found = [];
    for (let round = 0; round < rounds; round += 1) {
      found.push(await roundOf(served.node, load));
    }
    return {
      cpuUs: median(found.map(({ nodeUs, requests }) => nodeUs / requests)),
      perSecond: median(found.map(({ perSecond }) => perSecond)),
      memoryMib: memoryOf(served.node.pid).rssBytes / mib,
    };
  } finally {
    await served.stop();
  }
}
