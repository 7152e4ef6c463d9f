import { parseOptions } from "@node-rs/argon2";
import { randomBytes } from "node:crypto";
import { createBulkhead } from "../../kernel/bulkhead.ts";
import type { Context } from "../../kernel/context.ts";
import { orDeadline, type Deadline, type MonotonicMs } from "../../kernel/deadline.ts";
import type { Logger, Metrics } from "../../ports/telemetry.ts";
import { hashingBusy } from "./errors.ts";
import { createHashing } from "./hashing.ts";

/**
 * Passwords are hashed with argon2id, which is meant to be slow and to take memory: so few at once,
 * and few that wait. A sign-in storm is told to come back and leaves the rest of the node alone.
 */
export interface Passwords {
  /** Starts the threads that hash. */
  start(): void;
  hash(context: Context, password: string): Promise<string>;
  /**
   * Whether the password is the one that was hashed. Without a hash the same work is done against
   * one that no password has, so that nobody learns from the time whether an account is there.
   * `admit`, when its turn has come and before any work: whatever it throws is thrown.
   */
  verify(
    context: Context,
    encoded: string | null,
    password: string,
    admit?: () => Promise<void>,
  ): Promise<boolean>;
  /** The hash was made with other parameters than today's. */
  isOutdated(encoded: string): boolean;
  stop(): Promise<void>;
}

export interface HashingOptions {
  /** Each takes `memoryKiB` while it runs, and a thread, which it has for itself also before and afterwards. */
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
/** How much a duration counts beside those before it. */
const weightOfNew = 0.2;
const admitAll = (): Promise<void> => Promise.resolve();

export interface PasswordsDeps {
  readonly metrics: Metrics;
  readonly logger: Pick<Logger, "error">;
  readonly monotonicMs: MonotonicMs;
}

export function createPasswords(options: HashingOptions, deps: PasswordsDeps): Passwords {
  const { metrics, logger, monotonicMs } = deps;
  const { concurrencyMax, queueMax } = options;
  const memoryCost = options.memoryKiB ?? memoryKiBDefault;
  const timeCost = options.passes ?? passesDefault;
  const bulkhead = createBulkhead({
    concurrencyMax,
    queueMax,
    refuse: () => hashingBusy({ retryAfterS }),
  });
  const hashing = createHashing({
    onBroken: (error) => {
      logger.error({ err: error }, "a thread that hashes passwords broke down");
    },
  });
  /** How long one takes, of late. */
  let usualMs = 0;
  /** Refused because it would not be made in time. */
  let late = 0;
  const parameters = { memoryCost, timeCost, parallelism, outputLen: hashBytes };
  const begun = metrics.counter(
    "maru_accounts_password_hashes_total",
    "Password hashes computed, to make or to verify one.",
  );
  metrics.gauge("maru_accounts_hashing_running", "Password hashes that run.", bulkhead.running);
  metrics.gauge("maru_accounts_hashing_waiting", "Password hashes that wait.", bulkhead.waiting);
  metrics.gauge(
    "maru_accounts_hashing_refused",
    "Password hashes refused since the start because too many waited, or none would be made in time.",
    () => bulkhead.refused() + late,
  );

  /** Of no password: its bytes are drawn, not computed. Verifying it takes as long as any other. */
  const nobodys = (): string => {
    const base64 = (bytes: number): string =>
      randomBytes(bytes).toString("base64").replaceAll("=", "");
    const strength = `m=${memoryCost},t=${timeCost},p=${parallelism}`;
    return `$argon2id$v=19$${strength}$${base64(saltBytes)}$${base64(hashBytes)}`;
  };
  const nobodysHash = nobodys();

  // The same password may come composed or decomposed, from one keyboard or another.
  const bytesOf = (password: string): string => password.normalize("NFKC");

  async function run<T>(
    context: Context,
    work: () => Promise<T>,
    admit: () => Promise<void> = admitAll,
  ): Promise<T> {
    const { deadline } = context;
    if (isTooLate(deadline)) {
      late += 1;
      throw hashingBusy({ retryAfterS });
    }
    const hashed = bulkhead.run(deadline, async () => {
      await admit();
      begun.add(1);
      const startMs = monotonicMs();
      const result = await work();
      usualMs += (monotonicMs() - startMs - usualMs) * weightOfNew;
      return result;
    });
    // A thread that has begun goes on; nobody waits for it any longer than this.
    return orDeadline(deadline, hashed);
  }

  /** By those before it, at the pace of late. Where nobody is, it is tried. */
  function isTooLate(deadline: Deadline): boolean {
    const turns = (bulkhead.running() + bulkhead.waiting()) / concurrencyMax;
    return turns >= 1 && (turns + 1) * usualMs > deadline.remainingMs();
  }

  return {
    start() {
      hashing.start(concurrencyMax);
    },
    hash: (context, password) =>
      run(context, () => hashing.hash({ ...parameters, password: bytesOf(password) })),
    async verify(context, encoded, password, admit = admitAll) {
      const matches = await run(
        context,
        () => hashing.verify({ encoded: encoded ?? nobodysHash, password: bytesOf(password) }),
        admit,
      );
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
    stop: hashing.stop,
  };
}
