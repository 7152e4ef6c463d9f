import { setTimeout as pause } from "node:timers/promises";
import { closedGenerator, runClosed } from "../load/closed-model.ts";
import type { Source } from "../load/plan.ts";
import { failuresOf, refuseFaults } from "../load/run-generator.ts";
import { describeMachine } from "../measure/machine.ts";
import { createTally, readCpu, roundOf, type Tally } from "../measure/rounds.ts";
import { usageOf } from "../measure/usage.ts";
import { roundedFigures, type Report } from "../report/report.ts";
import { sizes } from "../seed/arithmetic.ts";
import { startFixed } from "../server/fixed-process.ts";
import { readBack, ReadBackError, readBackPublished, storiesSince } from "../server/read-back.ts";
import {
  prepare,
  serve,
  type Prepared,
  type Served,
  type SuiteOptions,
} from "../server/served-community.ts";

/** What a story costs to publish, for an author with 200 friends and one with 5,000, and a like. */
const writers = 64;
const msPerS = 1_000;
const keyedOrNot = [false, true] as const;

export async function benchPublish(options: SuiteOptions): Promise<Report> {
  const machine = describeMachine();
  const prepared = await prepare(
    options,
    options.size ?? (options.isQuick ? sizes.small : sizes.city),
  );
  const tally = createTally();
  try {
    const explained = {
      ...(await measureRate(prepared, tally, options)),
      ...(await measureCosts(prepared, tally, options)),
    };
    const figures = { ...tally.medians(), ...explained };
    return {
      suite: "publish",
      machine,
      data: prepared.description,
      figures: roundedFigures({
        publish_per_s: figures["publish_per_s"] ?? Number.NaN,
        publish5000_cpu_us: figures["publish5000_cpu_us"] ?? Number.NaN,
        ...figures,
      }),
      rounds: tally.rounds(),
      spreads: tally.spreads(),
      notes: [
        `rates: ${String(writers)} writers by ${closedGenerator()}, server, PostgreSQL and generator on all cores; every acknowledged story was read back`,
        "costs: open model, server and PostgreSQL on core 0; CPU of server and PostgreSQL together, what they use when idle included",
        "keyed: with an Idempotency-Key, as the clients send it",
      ],
      charts: [
        {
          kind: "bars",
          title: "CPU of a write",
          unit: "µs",
          bars: costs.map(({ name }) => ({
            name,
            parts: [
              { name: "server", value: figures[`${name}_node_cpu_us`] ?? 0 },
              { name: "PostgreSQL", value: figures[`${name}_database_cpu_us`] ?? 0 },
            ],
            ...(name === "publish5000" ? { aim: 1_000 } : {}),
          })),
        },
      ],
    };
  } finally {
    await prepared.remove();
  }
}

async function measureRate(
  prepared: Prepared,
  tally: Tally,
  { isQuick, say }: SuiteOptions,
): Promise<Record<string, number>> {
  const [seconds, rounds] = isQuick ? [2, 2] : [10, 5];
  const served = await serve(prepared);
  try {
    await served.settled();
    const load = (url: string, peopleFile: string) => () =>
      runClosed(
        {
          url,
          method: "POST",
          path: "/v1/stories",
          peopleFile,
          bodiesFile: prepared.bodiesFile,
          connections: writers,
          seconds,
        },
        "any",
      );
    const { node } = served;
    const warm = await roundOf(node, load(node.url, prepared.peopleFile));
    let acknowledged = warm.requests;
    let runs = 1;
    const fixed = await startFixed(warm.bytesPerAnswer, "any");
    try {
      for (let round = 1; round <= rounds; round += 1) {
        say(`rates, round ${String(round)} of ${String(rounds)}`);
        const reply = await roundOf(fixed, load(fixed.url, prepared.peopleFile));
        tally.note("fixed_post_per_s", reply.perSecond);
        for (const [name, file] of [
          ["publish", prepared.peopleFile],
          ["publish5000", prepared.hubsFile],
        ] as const) {
          const found = await roundOf(node, load(node.url, file));
          tally.note(`${name}_per_s`, found.perSecond);
          tally.note(
            `${name}_full_rate_cpu_us`,
            (found.nodeUs + found.databaseUs) / found.requests,
          );
          acknowledged += found.requests;
          runs += 1;
        }
      }
    } finally {
      await fixed.stop();
    }
    const inRecord = await storiesSince(served.sql, prepared.community);
    // A generator that stops may leave a request of each writer unanswered, which counts for it nowhere.
    if (inRecord < acknowledged || inRecord > acknowledged + runs * writers) {
      throw new ReadBackError(
        `${String(acknowledged)} stories were acknowledged and ${String(inRecord)} are in the record`,
      );
    }
    return { rate_read_back_items: await readBack(served, prepared) };
  } finally {
    await served.stop();
  }
}

interface Cost {
  readonly name: string;
  readonly perSecond: number;
  source(prepared: Prepared, served: Served): Source;
}

function publishCost(name: string, isHub: boolean, hasKey: boolean): Cost {
  const perSecond = 200;
  return {
    name,
    perSecond,
    source: ({ community, people, hubs }) => ({
      kind: "publish",
      name,
      perSecond,
      hasKey,
      viewers: isHub
        ? { from: community.people, count: hubs, order: "random" }
        : { from: 0, count: people, order: "random" },
    }),
  };
}

const costs: readonly Cost[] = [
  ...keyedOrNot.flatMap((hasKey) => {
    const suffix = hasKey ? "_keyed" : "";
    return [
      publishCost(`publish${suffix}`, false, hasKey),
      publishCost(`publish5000${suffix}`, true, hasKey),
    ];
  }),
  {
    name: "like",
    perSecond: 600,
    source: ({ people }, { storiesFile }) => ({
      kind: "like",
      name: "like",
      perSecond: 600,
      storiesFile,
      viewers: { from: 0, count: people, order: "random" },
    }),
  },
];

async function measureCosts(
  prepared: Prepared,
  tally: Tally,
  { isQuick, say }: SuiteOptions,
): Promise<Record<string, number>> {
  const [measuredS, rounds] = isQuick ? [2, 1] : [10, 3];
  const served = await serve(prepared, { cores: "served" });
  const { node, sql } = served;
  try {
    await served.settled();
    // What is compiled is compiled now, and not while costs are taken.
    const compiled = await runClosed({
      url: node.url,
      method: "POST",
      path: "/v1/stories",
      peopleFile: prepared.peopleFile,
      bodiesFile: prepared.bodiesFile,
      connections: writers,
      seconds: measuredS,
    });
    say(`${String(compiled.requests)} stories before costs are taken`);
    await served.settled();
    const before = readCpu(node);
    await pause(measuredS * msPerS);
    const after = readCpu(node);
    const idle = after.nodeUs + after.databaseUs - before.nodeUs - before.databaseUs;
    for (let round = 1; round <= rounds; round += 1) {
      say(`costs, round ${String(round)} of ${String(rounds)}`);
      for (const cost of costs) {
        const { result, nodeUs, databaseUs, generatorUs } = await usageOf(
          node,
          served.plan({
            connections: writers,
            warmUpS: 1,
            measuredS,
            chance: round,
            sources: [cost.source(prepared, served)],
          }),
          { folder: prepared.folder, cores: "asking" },
        );
        refuseFaults(result);
        await readBackPublished(sql, result.published);
        const count = result.sources[0]?.answered ?? 0;
        tally.note(`${cost.name}_cpu_us`, (nodeUs + databaseUs) / count);
        tally.note(`${cost.name}_node_cpu_us`, nodeUs / count);
        tally.note(`${cost.name}_database_cpu_us`, databaseUs / count);
        tally.note(`${cost.name}_generator_cpu_us`, generatorUs / count);
        tally.note(`${cost.name}_p99_ms`, result.latency.p99Ms);
        tally.note(`${cost.name}_failures`, failuresOf(result));
      }
    }
    return {
      idle_core_share: idle / (after.atMs - before.atMs) / msPerS,
      read_back_items: await readBack(served, prepared),
    };
  } finally {
    await served.stop();
  }
}
