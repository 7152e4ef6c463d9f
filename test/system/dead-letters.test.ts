import { expect, it, onTestFinished } from "vitest";
import { signUp } from "../support/client.ts";
import { startTestNode } from "../support/node.ts";

it("operators see dead letters and send them back, over connections of their own", async () => {
  const node = await startTestNode();
  onTestFinished(node.stop);
  const { sql, adminUrl } = node;
  await signUp(node.url, "someone");
  await expect
    .poll(async () => (await sql`SELECT 1 FROM log.events LIMIT 1`).length, { timeout: 10_000 })
    .toBe(1);
  await sql`
    INSERT INTO log.dead_letters
    SELECT 'mail', id, position, 5, 'no route to host', clock_timestamp(), NULL, to_jsonb(stored)
    FROM log.events AS stored ORDER BY position LIMIT 1`;
  const path = `${adminUrl}/admin/v1/dead-letters`;
  const listed = await fetch(`${path}?consumer=mail`);
  expect(await listed.json()).toMatchObject({
    items: [{ consumer: "mail", attempts: 5, error: "no route to host" }],
  });
  const sent = await fetch(`${path}/redrive`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ consumer: "mail" }),
  });
  expect(await sent.json()).toEqual({ redriven: 1 });
  expect(await sql`SELECT redrive_at IS NOT NULL AS sent FROM log.dead_letters`).toEqual([
    { sent: true },
  ]);
  const [own] = await sql<{ count: bigint }[]>`
    SELECT count(*) AS count FROM pg_stat_activity WHERE application_name = 'maru operator'`;
  expect(Number(own?.count)).toBeGreaterThan(0);
});
