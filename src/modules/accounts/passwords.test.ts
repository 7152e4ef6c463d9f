import { describe, expect, it, onTestFinished } from "vitest";
import { internalContext } from "../../kernel/context.ts";
import { deadlineAfter } from "../../kernel/deadline.ts";
import { Problem } from "../../kernel/problem.ts";
import type { Metrics } from "../../ports/telemetry.ts";
import { createPasswords, type HashingOptions, type Passwords } from "./passwords.ts";

const context = internalContext("test");
const light: HashingOptions = { concurrencyMax: 1, queueMax: 1, memoryKiB: 8, passes: 1 };

function passwordsOf(
  options: HashingOptions,
  monotonicMs = () => 0,
): { passwords: Passwords; runs: () => number } {
  let runs = 0;
  const metrics: Metrics = {
    counter: () => ({ add: (value) => (runs += value) }),
    gauge: () => undefined,
    gauges: () => undefined,
    tally: () => undefined,
    histogram: () => ({ observe: () => undefined }),
  };
  const logger = { error: () => undefined };
  const passwords = createPasswords(options, { metrics, logger, monotonicMs });
  onTestFinished(passwords.stop);
  return { passwords, runs: () => runs };
}

const codeOf = (error: unknown): string =>
  error instanceof Problem ? error.kind.code : String(error);

describe("passwords", () => {
  it("are argon2id at the strength that OWASP asks for, unless told otherwise", async () => {
    const { passwords } = passwordsOf({ concurrencyMax: 1, queueMax: 1 });
    const encoded = await passwords.hash(context, "correct horse");
    expect(encoded).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(await passwords.verify(context, encoded, "correct horse")).toBe(true);
    expect(await passwords.verify(context, encoded, "wrong horse")).toBe(false);
  });

  it("are the same composed and decomposed", async () => {
    const { passwords } = passwordsOf(light);
    const encoded = await passwords.hash(context, "비밀번호 é".normalize("NFC"));
    expect(await passwords.verify(context, encoded, "비밀번호 é".normalize("NFD"))).toBe(true);
  });

  it("take the same work where there is nothing to compare with", async () => {
    const { passwords, runs } = passwordsOf(light);
    expect(await passwords.verify(context, null, "correct horse")).toBe(false);
    expect(runs()).toBe(1);
  });

  it("are outdated when they were hashed with other parameters", async () => {
    const { passwords } = passwordsOf(light);
    const stronger = passwordsOf({ ...light, memoryKiB: 16 }).passwords;
    const encoded = await passwords.hash(context, "correct horse");
    expect(passwords.isOutdated(encoded)).toBe(false);
    expect(stronger.isOutdated(encoded)).toBe(true);
    expect(await stronger.verify(context, encoded, "correct horse")).toBe(true);
  });

  it("are hashed by few at once; whoever finds the queue full is told when to come back", async () => {
    const { passwords, runs } = passwordsOf(light);
    const results = await Promise.allSettled(
      ["one", "two", "three"].map((password) => passwords.hash(context, password)),
    );
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
    const refusal: unknown = results[2]?.status === "rejected" ? results[2].reason : null;
    expect(codeOf(refusal)).toBe("accounts.hashing_busy");
    expect(refusal instanceof Problem && refusal.retryAfterS).toBe(2);
    expect(runs()).toBe(2);
  });

  it("are not hashed for someone who waits no more", async () => {
    const { passwords, runs } = passwordsOf(light);
    const late = { ...context, deadline: deadlineAfter(0, () => 0) };
    const error: unknown = await passwords.hash(late, "late").catch((reason: unknown) => reason);
    expect(codeOf(error)).toBe("request.deadline_exceeded");
    expect(runs()).toBe(0);
  });

  it("are refused at once for someone who would not have the answer in time", async () => {
    let nowMs = 0;
    // As if each took 50 s.
    const { passwords, runs } = passwordsOf({ ...light, queueMax: 9 }, () => (nowMs += 50_000));
    for (let i = 0; i < 40; i += 1) await passwords.hash(context, "a slow one");
    expect(runs()).toBe(40);
    const patient = passwords.hash(context, "patient");
    const hasty = { ...context, deadline: deadlineAfter(90_000, () => 0) };
    expect(codeOf(await passwords.hash(hasty, "hasty").catch((error: unknown) => error))).toBe(
      "accounts.hashing_busy",
    );
    expect(await patient).toMatch(/^\$argon2id/);
    // Where nobody is before, it is tried.
    expect(await passwords.hash(hasty, "hasty")).toMatch(/^\$argon2id/);
  });

  it("keep nobody waiting beyond their deadline, even once they are being hashed", async () => {
    const { passwords, runs } = passwordsOf({ concurrencyMax: 1, queueMax: 1, passes: 200 });
    const short = { ...context, deadline: deadlineAfter(20, () => 0) };
    const error: unknown = await passwords.hash(short, "long").catch((reason: unknown) => reason);
    expect(codeOf(error)).toBe("request.deadline_exceeded");
    expect(runs()).toBe(1);
  });
});
