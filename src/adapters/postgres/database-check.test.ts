import { describe, expect, it } from "vitest";
import { lackOfConnections, unfitness, type DatabaseFacts } from "./database-check.ts";

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

describe("connections", () => {
  it("are enough where all nodes together have theirs", () => {
    expect(lackOfConnections({ allowed: 126, otherNodes: 2 }, 42, where)).toBeNull();
  });

  it("are warned of where all nodes together may run out", () => {
    expect(lackOfConnections({ allowed: 97, otherNodes: 2 }, 42, where)).toEqual({
      isFatal: false,
      sentence:
        "PostgreSQL at db.example:5432/maru allows 97 connections, and 3 nodes with 42 each need 126. Lower MARU_DATABASE_READ_CONNECTIONS or MARU_DATABASE_WRITE_CONNECTIONS, or raise max_connections.",
    });
  });

  it("are too few for any node where they are too few for one", () => {
    expect(lackOfConnections({ allowed: 41, otherNodes: 0 }, 42, where)).toMatchObject({
      isFatal: true,
      sentence: expect.stringContaining("allows 41 connections, and a node needs 42.") as string,
    });
  });
});
