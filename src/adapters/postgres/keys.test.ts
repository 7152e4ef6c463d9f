import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestPostgres, type TestPostgres } from "../../../test/support/postgres.ts";
import type { Sql } from "../../ports/record.ts";
import { keysSchema, loadKeyring } from "./keys.ts";
import { migrate } from "./migrate.ts";
import { openSql } from "./pools.ts";

let postgres: TestPostgres;
let sql: Sql;
beforeAll(async () => {
  postgres = await startTestPostgres();
  sql = openSql(await postgres.freshDatabase(), { max: 8, applicationName: "test" });
  await migrate(sql, [keysSchema.tables]);
});
afterAll(async () => {
  await sql.end();
  await postgres.stop();
});

test("nodes that start together share one key, which lasts", async () => {
  const rings = await Promise.all(Array.from({ length: 8 }, () => loadKeyring(sql)));
  const { keyId, tag } = rings[0]!.sign("cursor", "message");
  expect(rings.every((ring) => ring.verify("cursor", "message", keyId, tag))).toBe(true);
  const later = await loadKeyring(sql);
  expect(later.verify("cursor", "message", keyId, tag)).toBe(true);
  expect(await sql`SELECT FROM keys.signing`).toHaveLength(1);
});

test("after a rotation a new key signs, and what the old one signed stays good", async () => {
  const before = (await loadKeyring(sql)).sign("cursor", "message");
  await sql`INSERT INTO keys.signing (id, secret) VALUES (2, ${Buffer.alloc(32, 7)})`;
  const ring = await loadKeyring(sql);
  expect(ring.verify("cursor", "message", before.keyId, before.tag)).toBe(true);
  const after = ring.sign("cursor", "message");
  expect(after.keyId).not.toBe(before.keyId);
  expect(after.tag).not.toEqual(before.tag);
});
