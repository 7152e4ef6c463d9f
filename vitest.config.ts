import { defineConfig } from "vitest/config";

/** A test may start a PostgreSQL server of its own on a machine that is busy with others. */
const patienceMs = 120_000;

/** Each file may run a server and a database beside its worker: more at once only slow down. */
const filesAtOnce = 2;

export default defineConfig({
  test: {
    environment: "node",
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    pool: "forks",
    maxWorkers: filesAtOnce,
    testTimeout: patienceMs,
    hookTimeout: patienceMs,
    teardownTimeout: patienceMs,
  },
});
