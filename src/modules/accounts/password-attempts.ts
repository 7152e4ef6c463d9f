import { isPrivate, networkOf } from "../../kernel/network.ts";
import type { Limit, Limits, Taken } from "../../ports/limits.ts";
import { tooManyAttempts } from "./errors.ts";

/** Somebody says a password. */
export interface PasswordAttempt {
  /** The account's id, or the handle that was given where nobody has it. */
  readonly whose: string;
  readonly clientAddress: string;
}

/**
 * How many wrong passwords are listened to: for one account from one network, so that nobody shuts
 * its owner out from elsewhere, and for all accounts from one network. Who tries from very many
 * networks is slowed down by the hashing alone.
 */
export interface PasswordAttempts {
  /** Throws `accounts.too_many_attempts` when there were too many wrong ones. */
  take(attempt: PasswordAttempt): Promise<void>;
  /** It was right, and does not count. */
  wasRight(attempt: PasswordAttempt): Promise<void>;
}

const periodS = 15 * 60;
/** Many people may share a network. */
const accountsOfNetwork = 10;
const msPerS = 1_000;

export function createPasswordAttempts(deps: {
  readonly limits: Limits;
  /** Wrong ones for one account from one network, in a quarter of an hour. */
  readonly max: number;
}): PasswordAttempts {
  const { limits, max } = deps;
  const ofAccount: Limit = { name: "password", max, periodS };
  const ofNetwork: Limit = { name: "passwords", max: max * accountsOfNetwork, periodS };

  function countersOf({ whose, clientAddress }: PasswordAttempt): (readonly [Limit, string])[] {
    const network = networkOf(clientAddress);
    const counters: (readonly [Limit, string])[] = [[ofAccount, `${network} ${whose}`]];
    // Where a proxy does not tell who asks, everybody would share one counter. It comes first, because
    // what it refuses makes no more keys.
    if (!isPrivate(clientAddress)) counters.unshift([ofNetwork, network]);
    return counters;
  }

  return {
    async take(attempt) {
      const passed: (readonly [Limit, string])[] = [];
      for (const [limit, key] of countersOf(attempt)) {
        const taken = await limits.take(limit, key);
        if (!taken.isWithin) {
          // Nothing was compared: it is none of the others' business.
          for (const counter of passed) await limits.giveBack(...counter);
          throw refusal(limit, taken);
        }
        passed.push([limit, key]);
      }
    },
    async wasRight(attempt) {
      for (const [limit, key] of countersOf(attempt)) await limits.giveBack(limit, key);
    },
  };
}

function refusal({ max }: Limit, { remaining, resetMs }: Taken): Error {
  const resetS = Math.ceil(resetMs / msPerS);
  return tooManyAttempts({ retryAfterS: resetS, limit: { max, remaining, resetS } });
}
