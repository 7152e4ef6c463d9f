import { hash, parseOptions, verify } from "@node-rs/argon2";
import { randomBytes } from "node:crypto";
import { createBulkhead } from "../../kernel/bulkhead.ts";
import type { Context } from "../../kernel/context.ts";
import type { Metrics } from "../../ports/telemetry.ts";
import { hashingBusy } from "./errors.ts";

/**
 * Passwords are hashed with argon2id, which is meant to be slow and to take memory: so few at once,
 * and few that wait. A sign-in storm is told to come back and leaves the rest of the node alone.
 */
export interface Passwords {
  hash(context: Context, password: string): Promise<string>;
  /**
   * Whether the password is the one that was hashed. Without a hash the same work is done against
   * one that no password has, so that nobody learns from the time whether an account is there.
   */
  verify(context: Context, encoded: string | null, password: string): Promise<boolean>;
  /** The hash was made with other parameters than today's. */
  isOutdated(encoded: string): boolean;
}

export interface HashingOptions {
  /** Each takes a thread and `memoryKiB` while it runs. */
  readonly concurrencyMax: number;
  readonly queueMax: number;
  readonly memoryKiB?: number;
  readonly passes?: number;
}

/** As OWASP recommends for argon2id: 19 MiB, two passes, one lane. */
const memoryKiBDefault = 19 * 1024;
const passesDefault = 2;
const parallelism = 1;
const hashBytes = 32;
const saltBytes = 16;
const retryAfterS = 2;

export function createPasswords(options: HashingOptions, metrics: Metrics): Passwords {
  const { concurrencyMax, queueMax } = options;
  const memoryCost = options.memoryKiB ?? memoryKiBDefault;
  const timeCost = options.passes ?? passesDefault;
  const bulkhead = createBulkhead({
    concurrencyMax,
    queueMax,
    refuse: () => hashingBusy({ retryAfterS }),
  });
  const begun = metrics.counter(
    "maru_accounts_password_hashes_total",
    "Password hashes computed, to make or to verify one.",
  );
  metrics.gauge("maru_accounts_hashing_running", "Password hashes that run.", bulkhead.running);
  metrics.gauge("maru_accounts_hashing_waiting", "Password hashes that wait.", bulkhead.waiting);
  metrics.gauge(
    "maru_accounts_hashing_refused",
    "Password hashes refused since the start because too many waited.",
    bulkhead.refused,
  );

  /** Of no password: its bytes are drawn, not computed. Verifying it takes as long as any other. */
  const nobodys = (): string => {
    const base64 = (bytes: number): string =>
      randomBytes(bytes).toString("base64").replaceAll("=", "");
    const parameters = `m=${memoryCost},t=${timeCost},p=${parallelism}`;
    return `$argon2id$v=19$${parameters}$${base64(saltBytes)}$${base64(hashBytes)}`;
  };
  const nobodysHash = nobodys();

  // The same password may come composed or decomposed, from one keyboard or another.
  const bytesOf = (password: string): string => password.normalize("NFKC");

  async function run<T>(context: Context, work: () => Promise<T>): Promise<T> {
    return bulkhead.run(context.deadline, () => {
      begun.add(1);
      return work();
    });
  }

  return {
    hash: (context, password) =>
      run(context, () =>
        hash(bytesOf(password), { memoryCost, timeCost, parallelism, outputLen: hashBytes }),
      ),
    async verify(context, encoded, password) {
      const matches = await run(context, () => verify(encoded ?? nobodysHash, bytesOf(password)));
      return matches && encoded !== null;
    },
    isOutdated(encoded) {
      const made = parseOptions(encoded);
      return (
        made.memoryCost !== memoryCost ||
        made.timeCost !== timeCost ||
        made.parallelism !== parallelism
      );
    },
  };
}
