import { afterAll, beforeAll, expect, test } from "vitest";
import { made, migrateLog, openTestNode, type TestNode } from "../../../test/support/log.ts";
import { startTestPostgres, type TestPostgres } from "../../../test/support/postgres.ts";
import { internalContext } from "../../kernel/context.ts";
import type { EventEnvelope, View } from "../../ports/log.ts";

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(async () => {
  await postgres.stop();
});

interface Seen {
  readonly event: EventEnvelope;
  readonly repeated: boolean;
}

function recording(name = "recording"): { readonly view: View; readonly seen: Seen[] } {
  const seen: Seen[] = [];
  return {
    seen,
    view: {
      name,
      types: ["things.made.v1"],
      apply: (event, { repeated }) => void seen.push({ event, repeated }),
    },
  };
}

const context = internalContext("request-1");

async function write(node: TestNode, n: number, type?: string): Promise<string> {
  const { position } = await node.record.write(context, async (tx) => {
    tx.append(made(node.ids.mint(), n, type));
  });
  return position;
}

test("an event reaches a view at once, and once more with its position", async () => {
  const endpoint = await postgres.freshDatabase();
  await migrateLog(endpoint);
  const { view, seen } = recording();
  const node = await openTestNode(endpoint, { viewList: [view] });
  await node.log.start();
  const position = await write(node, 1);
  expect(seen).toMatchObject([{ repeated: false, event: { position: null, data: { n: 1 } } }]);
  await expect.poll(() => node.log.port.appliedPosition()).toBe(1);
  expect(seen).toMatchObject([{ repeated: false }, { repeated: true, event: { position: 1 } }]);
  expect(seen[1]?.event).toEqual({ ...seen[0]?.event, position: 1 });
  expect(await node.log.port.waitFor(position, 0)).toBe(true);
  await node.close();
});
