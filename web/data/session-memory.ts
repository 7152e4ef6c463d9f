import { isLocale } from "../language/language.ts";
import type { OwnAccount } from "./client.ts";
import type { Memory } from "./memory.ts";

/**
 * Who was signed in last time, so that a page can begin before the server has answered.
 *
 * Each sign-in and sign-out begins an era. What a page of an era that is over still writes counts no
 * more, so that nobody is ever greeted as the one before.
 */
export interface SessionMemory {
  me(): OwnAccount | null;
  remember(me: OwnAccount): void;
  /** Someone signs in or out: whoever was remembered is no more. */
  beginEra(): void;
  /** Another page has begun an era since this one began. */
  isOver(): boolean;
}

const eraKey = "maru.era";
const meKey = "maru.me";

export function createSessionMemory(
  memory: Memory,
  newEra: () => string = () => `${Date.now()}.${Math.random()}`,
): SessionMemory {
  const current = (): string => memory.read(eraKey) ?? "";
  const own = current();
  const isOver = (): boolean => current() !== own;
  return {
    me() {
      const { era, me } = parsed(memory.read(meKey));
      return era === own && !isOver() && isOwnAccount(me) ? me : null;
    },
    remember(me) {
      if (!isOver()) {
        memory.write(meKey, JSON.stringify({ era: own, me }));
      }
    },
    beginEra() {
      memory.remove(meKey);
      memory.write(eraKey, newEra());
    },
    isOver,
  };
}

/** What another build has left there may look otherwise. */
function parsed(text: string | null): { readonly era?: unknown; readonly me?: unknown } {
  try {
    const value = JSON.parse(text ?? "{}") as unknown;
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

const texts = ["id", "handle", "name", "bio", "createdAt", "timeZone", "privacy"] as const;
const counts = ["stories", "friends", "followers", "following"] as const;

function isOwnAccount(value: unknown): value is OwnAccount {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  const account = value as Partial<Record<keyof OwnAccount, unknown>>;
  const known = account.counts as Partial<Record<string, unknown>> | undefined;
  return (
    texts.every((name) => typeof account[name] === "string") &&
    counts.every((name) => typeof known?.[name] === "number") &&
    (account.avatarUrl === null || typeof account.avatarUrl === "string") &&
    isLocale(account.locale)
  );
}
