import { describe, expect, it } from "vitest";
import { unfitness, type DatabaseFacts } from "./database-check.ts";

const fit: DatabaseFacts = {
  versionNumber: 150_000,
  version: "15.0",
  database: "maru",
  encoding: "UTF8",
  collation: "C",
  isStandby: false,
};
const where = "db.example:5432/maru";

describe("a PostgreSQL of one's own", () => {
  it("will do from version 15 on, ordered by bytes", () => {
    expect(unfitness(fit, where)).toBeNull();
    expect(unfitness({ ...fit, versionNumber: 180_004, collation: "POSIX" }, where)).toBeNull();
  });

  it.each<[Partial<DatabaseFacts>, RegExp]>([
    [{ versionNumber: 140_009, version: "14.9" }, /is version 14\.9, and Maru needs 15 or newer/],
    [{ isStandby: true }, /is a standby.*MARU_DATABASE_URL to the primary/],
    [{ collation: "en_US.UTF-8" }, /collation en_US\.UTF-8.*needs C.*TEMPLATE template0/],
    [{ encoding: "LATIN1" }, /encoding LATIN1.*needs C and UTF8/],
  ])("is refused where %j", (difference, sentence) => {
    expect(unfitness({ ...fit, ...difference }, where)).toMatch(sentence);
  });
});
