import type { Schema } from "../support/api-reference.ts";

/** A request that a client may send and should not, and what is to be answered. */
export interface Attempt {
  readonly what: string;
  readonly target: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Statuses that are right; none of them: anything that is no failure of the server. */
  readonly statuses: readonly number[];
  /** Of the problem. */
  readonly code?: string;
  /** What the first of the problem's errors names. */
  readonly path?: string;
}

export const invalid = { statuses: [400], code: "request.invalid" };

/** A value that the schema takes. */
export function sampleOf(schema: Schema): unknown {
  const [first] = schema.anyOf ?? [];
  if (schema.enum !== undefined) {
    return schema.enum[0];
  }
  if (first !== undefined) {
    return sampleOf(first);
  }
  switch (schema.type) {
    case "object":
      return Object.fromEntries(
        (schema.required ?? []).map((name) => [name, sampleOf(schema.properties![name]!)]),
      );
    case "array":
      return [];
    case "boolean":
      return false;
    case "integer":
      return 1;
    case "null":
      return null;
    default:
      return "a_text_like_any";
  }
}
