import { join } from "node:path";
import { communityFiles } from "../seed/community.ts";
import { benchFolder, importCommunity, signIn } from "../server/imported-node.ts";
import { runLoad, type Load } from "../load/autocannon.ts";
import { describeMachine } from "../measure/machine.ts";
import { cpuBelow, cpuOf, residentBytes } from "../measure/processes.ts";
import { median, spread } from "../measure/statistics.ts";
import { startFixed } from "../server/fixed-process.ts";
import { startProcess, type NodeProcess } from "../server/node-process.ts";
import type { Report } from "../report/report.ts";

/**
 * What a newcomer meets: time to start, to import, memory, and the CPU of a feed read and of a
 * publish on the imported community, beside a fixed reply of the same bytes in the same run.
 */
export interface GroundOptions {
  readonly friends: string | undefined;
  readonly stories: string | undefined;
  readonly isQuick: boolean;
}

const viewersMax = 200;
const connections = 16;
const mib = 1024 * 1024;

interface Viewer {
  readonly token: string;
  readonly handle: string;
}

/** People spread over the community: the best connected have the lowest numbers, many have few friends. */
async function signInViewers(url: string): Promise<readonly Viewer[]> {
  const answer = await fetch(`${url}/v1/accounts?handle=p&limit=100`);
  const { items } = (await answer.json()) as { items: { handle: string }[] };
  const numbered = Array.from({ length: viewersMax }, (_, i) => `p${String(i * 7)}`);
  const viewers: Viewer[] = [];
  for (const handle of new Set([...items.map((item) => item.handle), ...numbered])) {
    if (viewers.length < viewersMax) {
      viewers.push({ handle, token: await signIn(url, handle).catch(() => "") });
    }
  }
  return viewers.filter((viewer) => viewer.token !== "");
}

interface Round extends Load {
  readonly nodeUs: number;
  readonly databaseUs: number;
}

async function measured(node: { readonly pid: number }, load: () => Promise<Load>): Promise<Round> {
  const before = { node: cpuOf(node.pid), database: cpuBelow(node.pid) };
  const done = await load();
  if (done.failures > 0) {
    throw new Error(`${String(done.failures)} of ${String(done.requests)} requests failed`);
  }
  return {
    ...done,
    nodeUs: (cpuOf(node.pid) - before.node) / done.requests,
    databaseUs: (cpuBelow(node.pid) - before.database) / done.requests,
  };
}

function summary(name: string, rounds: readonly Round[]): Record<string, number> {
  const of = (pick: (round: Round) => number): number =>
    Math.round(median(rounds.map(pick)) * 100) / 100;
  return {
    [`${name}_cpu_us`]: of((round) => round.nodeUs),
    [`${name}_database_cpu_us`]: of((round) => round.databaseUs),
    [`${name}_per_s`]: of((round) => round.perSecond),
    [`${name}_p99_ms`]: of((round) => round.p99Ms),
    [`${name}_spread`]: Math.round(spread(rounds.map((round) => round.nodeUs)) * 100) / 100,
  };
}

async function fixedReply(
  bytes: number,
  seconds: number,
  rounds: number,
): Promise<readonly Round[]> {
  const fixed = await startFixed(bytes, "any");
  const results: Round[] = [];
  for (let round = 0; round < rounds; round += 1) {
    results.push(
      await measured(fixed, () =>
        runLoad({ url: fixed.url, requests: [{ path: "/" }], connections, seconds }),
      ),
    );
  }
  await fixed.stop();
  return results;
}

async function rounds(count: number, run: () => Promise<Round>): Promise<readonly Round[]> {
  // The first warms caches, tables and the compiler, and does not count.
  await run();
  const results: Round[] = [];
  for (let round = 0; round < count; round += 1) {
    results.push(await run());
  }
  return results;
}

async function measureRequests(
  node: NodeProcess,
  isQuick: boolean,
): Promise<Record<string, number>> {
  const seconds = isQuick ? 2 : 8;
  const count = isQuick ? 3 : 5;
  const viewers = await signInViewers(node.url);
  const bearer = (viewer: Viewer): Record<string, string> => ({
    authorization: `Bearer ${viewer.token}`,
  });
  const reads = viewers.map((viewer) => ({
    method: "GET" as const,
    path: "/v1/feed",
    headers: bearer(viewer),
  }));
  const read = (): Promise<Round> =>
    measured(node, () => runLoad({ url: node.url, requests: reads, connections, seconds }));
  const feed = await rounds(count, read);
  const bytes = median(feed.map((round) => round.bytesPerAnswer));
  const fixed = await fixedReply(bytes, seconds, count);
  const posts = viewers.map((viewer) => ({
    method: "POST" as const,
    path: "/v1/stories",
    headers: { ...bearer(viewer), "content-type": "application/json" },
    body: JSON.stringify({ text: "오늘은 마루에 앉아 이야기를 나눴어요. 바람이 참 좋네요." }),
  }));
  const publish = await rounds(count, () =>
    measured(node, () => runLoad({ url: node.url, requests: posts, connections, seconds })),
  );
  const perSecond = (list: readonly Round[]): number =>
    median(list.map((round) => round.perSecond));
  return {
    viewers: viewers.length,
    feed_answer_bytes: bytes,
    ...summary("feed", feed),
    ...summary("fixed", fixed),
    feed_over_fixed: Math.round((perSecond(feed) / perSecond(fixed)) * 1000) / 1000,
    ...summary("publish", publish),
  };
}

export async function benchGround(options: GroundOptions): Promise<Report> {
  const folder = await benchFolder();
  const dataDir = join(folder.path, "data");
  const figures: Record<string, number> = {};
  const data = await communityFiles(options, folder.path);
  try {
    const first = await startProcess(dataDir);
    figures["start_first_ms"] = Math.round(first.readyMs);
    figures["memory_empty_mib"] = Math.round(residentBytes(first.pid) / mib);
    await first.stop();
    const imported = await importCommunity(data, dataDir);
    process.stdout.write(imported.text);
    figures["import_ms"] = Math.round(imported.ms);
    const second = await startProcess(dataDir);
    figures["start_after_import_ms"] = Math.round(second.readyMs);
    await second.stop();
    const node = await startProcess(dataDir);
    figures["start_later_ms"] = Math.round(node.readyMs);
    Object.assign(figures, await measureRequests(node, options.isQuick));
    figures["memory_loaded_mib"] = Math.round(residentBytes(node.pid) / mib);
    await node.stop();
  } finally {
    await folder.remove();
  }
  return { suite: "ground", machine: describeMachine(), data: data.description, figures };
}
