import path from "node:path";
import { defineConfig } from "vitest/config";
import { findPostgresqlBinaries } from "./tools/programs.ts";

/** A test may start a PostgreSQL server of its own on a machine that is busy with others. */
const patienceMs = 120_000;

/** What a condition is waited for: a page on a busy machine may take its time. */
const conditionMs = 20_000;

/** Each file may run a server and a database beside its worker: more at once only slow down. */
const filesAtOnce = 2;

/** What is most likely to depend on PostgreSQL's version: statements, plans, locks and time-outs. */
const againOnTheSystemsPostgresql = [
  "src/adapters/postgres/*.test.ts",
  "src/http/commands{,.groups}.test.ts",
  "src/modules/accounts/{profile,search,sessions,sign-up}.test.ts",
  "src/modules/graph/{erase,lists,pairs}.test.ts",
  "src/modules/stories/{comment,erase,module.model,older,publish.together,react}.test.ts",
];

/** Undefined where there is none, of which `npm test` tells. */
const systemsVersion = findPostgresqlBinaries()?.split(path.sep).at(-2);

const onEmbedded = {
  extends: true as const,
  test: {
    name: "embedded",
    include: ["{src,test,web,bench}/**/*.test.ts"],
  },
};

const onSystems = {
  extends: true as const,
  test: {
    name: `PostgreSQL ${systemsVersion ?? ""}`,
    include: againOnTheSystemsPostgresql,
    env: { MARU_TEST_POSTGRES: systemsVersion ?? "" },
  },
};

export default defineConfig({
  test: {
    environment: "node",
    projects: systemsVersion === undefined ? [onEmbedded] : [onEmbedded, onSystems],
    pool: "forks",
    maxWorkers: filesAtOnce,
    testTimeout: patienceMs,
    expect: { poll: { timeout: conditionMs } },
    hookTimeout: patienceMs,
    teardownTimeout: patienceMs,
  },
});
