import { expect, it, onTestFinished } from "vitest";
import { signUp } from "../support/client.ts";
import { startTestNode } from "../support/node.ts";

it("the embedded PostgreSQL has as many connections as the node is told to open", async () => {
  const node = await startTestNode({ settings: { MARU_DATABASE_READ_CONNECTIONS: "120" } });
  onTestFinished(node.stop);
  const [row] = await node.sql<{ allowed: number }[]>`
    SELECT current_setting('max_connections')::int AS allowed`;
  // A command beside the node may open as many: twice 120 + 16 + 8 + 6, and some to look with.
  expect(row?.allowed).toBe(310);
  await signUp(node.url, "someone");
});
