import { describe, expect, it } from "vitest";
import { createLocalLimits } from "../../adapters/memory/limits.ts";
import { Problem } from "../../kernel/problem.ts";
import { createPasswordAttempts, type PasswordAttempts } from "./password-attempts.ts";

const max = 3;
const elsewhere = "192.0.2.7";

const create = (): PasswordAttempts => createPasswordAttempts({ limits: createLocalLimits(), max });

/** How many of so many are listened to. */
async function listenedTo(
  attempts: PasswordAttempts,
  attempt: { readonly whose: string; readonly clientAddress: string },
  times: number,
): Promise<number> {
  let count = 0;
  for (let n = 0; n < times; n += 1) {
    try {
      await attempts.take(attempt);
      count += 1;
    } catch (error) {
      expect(error).toBeInstanceOf(Problem);
    }
  }
  return count;
}

describe("attempts at a password", () => {
  it("are few for one account from one network, and tell when to come again", async () => {
    const attempts = create();
    const attempt = { whose: "1", clientAddress: elsewhere };
    expect(await listenedTo(attempts, attempt, max)).toBe(max);
    const refused = await attempts.take(attempt).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      kind: { code: "accounts.too_many_attempts", status: 429 },
      retryAfterS: 900,
      limit: { max, remaining: 0, resetS: 900 },
    });
  });

  it("shut nobody out who comes from elsewhere, or has another account", async () => {
    const attempts = create();
    await listenedTo(attempts, { whose: "1", clientAddress: elsewhere }, max + 1);
    const owner = { whose: "1", clientAddress: "198.51.100.1" };
    expect(await listenedTo(attempts, owner, 1)).toBe(1);
    const neighbour = { whose: "2", clientAddress: elsewhere };
    expect(await listenedTo(attempts, neighbour, 1)).toBe(1);
  });

  it("are counted by the network of an IPv6 address", async () => {
    const attempts = create();
    const from = (last: number) => ({
      whose: "1",
      clientAddress: `2001:db8:1:20${String(last)}::1`,
    });
    for (let n = 1; n <= max; n += 1) await attempts.take(from(n));
    expect(await listenedTo(attempts, from(9), 1)).toBe(0);
  });

  it("are ten times as many for all accounts from one network", async () => {
    const attempts = create();
    let count = 0;
    for (let n = 0; n < 50; n += 1) {
      const attempt = { whose: String(n), clientAddress: elsewhere };
      count += await listenedTo(attempts, attempt, 1);
    }
    expect(count).toBe(max * 10);
  });

  it("that are refused at one account leave the others of the network alone", async () => {
    const attempts = create();
    await listenedTo(attempts, { whose: "1", clientAddress: elsewhere }, 100);
    const neighbour = { whose: "2", clientAddress: elsewhere };
    expect(await listenedTo(attempts, neighbour, max + 1)).toBe(max);
  });

  it("are not counted for all together where a proxy does not tell who asks", async () => {
    const attempts = create();
    let count = 0;
    for (let n = 0; n < 50; n += 1) {
      const attempt = { whose: String(n), clientAddress: "127.0.0.1" };
      count += await listenedTo(attempts, attempt, 1);
    }
    expect(count).toBe(50);
  });

  it("do not count when they are right", async () => {
    const attempts = create();
    const attempt = { whose: "1", clientAddress: elsewhere };
    for (let n = 0; n < 20; n += 1) {
      await attempts.take(attempt);
      await attempts.wasRight(attempt);
    }
    expect(await listenedTo(attempts, attempt, max + 1)).toBe(max);
  });
});
