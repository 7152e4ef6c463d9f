import { env } from "node:process";

/**
 * The seed of a randomised test: a new one each time, or MARU_TEST_SEED to repeat a run. Printed,
 * so that a failure on any machine can be repeated.
 */
export function printedSeed(what: string): number {
  const given = env["MARU_TEST_SEED"] ?? "";
  const seed = given === "" ? Math.trunc(Math.random() * 2 ** 31) : Number(given);
  console.log(`${what}: MARU_TEST_SEED=${seed}`);
  return seed;
}

/** How many runs a randomised test makes: few by default, more by MARU_TEST_RUNS. */
export function runsOf(usual: number): number {
  const given = env["MARU_TEST_RUNS"] ?? "";
  return given === "" ? usual : Number(given);
}
