import { idempotencyKey } from "../../sdk/key.ts";
import type { Memory } from "../data/memory.ts";

/**
 * The idempotency key under which a form is sent: the same for as long as the form is the same, also
 * after a reload, so that an account whose making got no answer is not made twice.
 *
 * What is secret in the form is no part of what is kept: the server does not count it either.
 */
export interface FormKey {
  keyOf(body: object): string;
  /** The server has answered: what is sent next is something new. */
  forget(): void;
}

export function createFormKey(memory: Memory, name: string): FormKey {
  const place = `maru.key.${name}`;
  return {
    keyOf(body) {
      const form = JSON.stringify(body);
      const kept = parsed(memory.read(place));
      if (kept.form === form && typeof kept.key === "string") {
        return kept.key;
      }
      const key = idempotencyKey();
      memory.write(place, JSON.stringify({ form, key }));
      return key;
    },
    forget() {
      memory.remove(place);
    },
  };
}

function parsed(text: string | null): { readonly form?: unknown; readonly key?: unknown } {
  try {
    return JSON.parse(text ?? "{}") as { readonly form?: unknown; readonly key?: unknown };
  } catch {
    return {};
  }
}
