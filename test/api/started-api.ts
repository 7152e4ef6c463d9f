import { afterAll, beforeAll, expect } from "vitest";
import { connectApi, type Api } from "../support/api-client.ts";
import { freshMetrics } from "../support/metric.ts";
import { startTestNode, type TestNode, type TestNodeOptions } from "../support/node.ts";
import { startNodes } from "../support/nodes.ts";

/**
 * A node for all tests of a file, there once they begin. With MARU_TEST_NODES=3 it is three nodes on
 * one record, of which each request asks the next.
 */
export interface StartedApi {
  readonly api: Api;
  /** The first of them. */
  readonly node: TestNode;
  /**
   * The first node has what was written at the others. Reads that say what they have seen need not wait for
   * it; what listens from now on, or reads without a word, does.
   */
  settled(): Promise<void>;
}

const nodesWanted = Number(process.env["MARU_TEST_NODES"] ?? "1");
/** Tests of what one node has in memory say nothing of several. */
export const areSeveral = nodesWanted > 1;

export function startedApi(options: TestNodeOptions = {}): StartedApi {
  let node: TestNode | undefined;
  let api: Api | undefined;
  beforeAll(async () => {
    if (areSeveral) {
      const { nodes, sql, stop } = await startNodes(nodesWanted, options.settings);
      const [first, ...others] = nodes;
      const restart = (): never => {
        throw new Error("several nodes are not restarted as one");
      };
      node = { ...first!, sql, dataDir: "", restart, stop };
      api = await connectApi(
        node.url,
        others.map(({ url }) => url),
      );
      return;
    }
    node = await startTestNode(options);
    api = await connectApi(node.url);
  });
  afterAll(async () => {
    api?.close();
    await node?.stop();
  });
  return {
    get api() {
      return api!;
    },
    get node() {
      return node!;
    },
    async settled() {
      if (areSeveral) await expect.poll(() => isSettled(node!)).toBe(true);
    },
  };
}

async function isSettled({ sql, adminUrl }: TestNode): Promise<boolean> {
  const [row] = await sql<{ position: number; waiting: number }[]>`
    SELECT position::int, (SELECT count(*)::int FROM log.outbox) AS waiting FROM log.state`;
  const metrics = await freshMetrics({ adminUrl });
  const applied = /^maru_log_applied_position (\d+)$/m.exec(metrics)?.[1];
  return row?.waiting === 0 && Number(applied) === row.position;
}
