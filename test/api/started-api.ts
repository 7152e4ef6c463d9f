import { afterAll, beforeAll } from "vitest";
import { connectApi, type Api } from "../support/api-client.ts";
import { startTestNode, type TestNode, type TestNodeOptions } from "../support/node.ts";

/** A node for all tests of a file, there once they begin. */
export interface StartedApi {
  readonly api: Api;
  readonly node: TestNode;
}

export function startedApi(options: TestNodeOptions = {}): StartedApi {
  let node: TestNode | undefined;
  let api: Api | undefined;
  beforeAll(async () => {
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
  };
}
