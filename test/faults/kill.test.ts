import { join } from "node:path";
import { expect, it } from "vitest";
import {
  postgresProcessesIn,
  recordedServer,
  sendSignal,
} from "../../src/adapters/embedded/processes.ts";
import { signUp, type Person } from "../support/client.ts";
import { temporaryFolder } from "../support/data-folder.ts";
import { connectToNode } from "../support/record-of-node.ts";
import { randomFrom, type Random } from "../support/random.ts";
import { kill, startServer, type Server } from "../support/server-process.ts";
import { compareCounters, compareFeeds, compareLog, compareWithRows, settle } from "./audit.ts";
import { nothingYet, write, type Scene } from "./writer.ts";

const rounds = 20;
const writers = 10;
/** Acknowledged writes between two kills, at most and at least. */
const writesMin = 5;
const writesSpread = 40;
/** A blow falls so long after the write that brings it, at most. */
const momentMsMax = 50;
const backMs = 30_000;
/** A quiet machine needs a minute. */
const patienceMs = 300_000;

const victims = ["node", "PostgreSQL", "both", "a backend"] as const;
type Victim = (typeof victims)[number];

const seed = Number(process.env["MARU_TEST_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

it(
  `${rounds} rounds of kill -9 under writing lose nothing, double nothing and leave every count exact (seed ${seed})`,
  async () => {
    const random = randomFrom(seed);
    const dataDir = await temporaryFolder();
    const clusterDir = join(dataDir, "postgres");
    let server = await startServer({ dataDir });
    const acknowledged = nothingYet();
    const people: Person[] = [];
    for (let i = 0; i < writers * 2; i += 1) {
      const person = await signUp(server.url, `person_${i}`);
      people.push(person);
      acknowledged.people.set(person.handle, { id: person.id, gone: false });
    }

    let writes = 0;
    let repeats = 0;
    let replays = 0;
    let newestBegunAtMs = 0;
    let over = false;
    const scene: Scene = {
      url: () => server.url,
      acknowledged,
      people,
      answered(reply, { begunAtMs, number }) {
        writes += 1;
        repeats += number > 1 ? 1 : 0;
        replays += reply.headers.has("idempotency-replayed") ? 1 : 0;
        newestBegunAtMs = Math.max(newestBegunAtMs, begunAtMs);
      },
      isOver: () => over,
    };
    const writing = Promise.all(
      Array.from({ length: writers }, (_, i) =>
        write({
          scene,
          random: randomFrom(seed + 1 + i),
          name: `w${i}`,
          own: [people[2 * i]!, people[2 * i + 1]!],
        }),
      ),
    );

    const awayMs: Record<Victim, number[]> = {
      node: [],
      PostgreSQL: [],
      both: [],
      "a backend": [],
    };
    for (let round = 0; round < rounds; round += 1) {
      const goal = writes + writesMin + random.below(writesSpread);
      await expect.poll(() => writes, { timeout: backMs, interval: 1 }).toBeGreaterThan(goal);
      // Right after an answer the writers are all at the same point; some time later they are not.
      await new Promise((resolve) => setTimeout(resolve, random.below(momentMsMax)));
      const victim = victims[round % victims.length]!;
      expect(server.child.exitCode, server.output()).toBeNull();
      const killedAtMs = performance.now();
      server = await strike(victim, { server, dataDir, clusterDir, random });
      await expect
        .poll(() => newestBegunAtMs, { timeout: backMs, interval: 1 })
        .toBeGreaterThan(killedAtMs);
      awayMs[victim].push(performance.now() - killedAtMs);
    }
    over = true;
    await writing;

    const record = await connectToNode(dataDir);
    await settle(record.sql);
    await compareWithRows(record.sql, acknowledged);
    await compareCounters(record.sql);
    await compareLog(record.sql, acknowledged);
    const items = await compareFeeds(server.url, record.sql, people);
    await record.close();

    console.log(
      [
        `seed ${seed}: ${writes} writes acknowledged, ${repeats} of them sent more than once, ${replays} done by a try that had no answer; ${items} items of feeds compared`,
        ...victims.map(
          (victim) => `without service after kill -9 of ${victim}: ${figures(awayMs[victim])} ms`,
        ),
      ].join("\n"),
    );
  },
  patienceMs,
);

interface Target {
  readonly server: Server;
  readonly dataDir: string;
  readonly clusterDir: string;
  readonly random: Random;
}

/** Kills, and starts again what nobody else starts: the node. */
async function strike(victim: Victim, target: Target): Promise<Server> {
  const { server, dataDir, clusterDir, random } = target;
  const postmaster = await recordedServer(clusterDir);
  const processes = await postgresProcessesIn(clusterDir);
  if (victim === "PostgreSQL" || victim === "both") sendSignal(postmaster!, "SIGKILL");
  if (victim === "a backend") {
    sendSignal(random.pick(processes.filter((pid) => pid !== postmaster)), "SIGKILL");
  }
  if (victim !== "node" && victim !== "both") return server;
  await kill(server);
  return startServer({ dataDir });
}

function figures(times: readonly number[]): string {
  const ordered = [...times].sort((a, b) => a - b).map(Math.round);
  return `${ordered[0]} at least, ${ordered[ordered.length >> 1]} as a rule, ${ordered.at(-1)} at most`;
}
