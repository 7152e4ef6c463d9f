import type { Operation } from "../support/api-reference.ts";
import { invalid, sampleOf, type Attempt } from "./hostile-attempt.ts";
import { bodiesOf, bodiesOfAnyRoute, bodiesOfAnyStream } from "./hostile-bodies.ts";
import { pathsOf, queriesOf } from "./hostile-targets.ts";

const badKeys: readonly (readonly [string, string | readonly string[]])[] = [
  ["an empty key", ""],
  ["a key of 256 characters", "k".repeat(256)],
  ["a key with a space", "two words"],
  ["a key with a tab", "two\twords"],
  ["a key beyond ASCII", "schlüssel"],
  ["two keys", ["one", "two"]],
];

function keysOf(operation: Operation, target: string): Attempt[] {
  return !operation.takesKey
    ? []
    : badKeys.map(([what, key]): Attempt => ({
        what,
        target,
        body: sampleOf(operation.body ?? {}),
        headers: { "idempotency-key": key },
        ...invalid,
        path: "Idempotency-Key",
      }));
}

/**
 * Everything that a client may send to an operation and should not, made from the reference; `target` puts an id
 * into its path, `id` is one that is there.
 */
export function attemptsAt(
  operation: Operation,
  target: (id: string) => string,
  id: string,
): readonly Attempt[] {
  const usual = target(id);
  const { method, streamOf } = operation;
  const ofAny =
    streamOf.length === 0 ? bodiesOfAnyRoute(usual) : bodiesOfAnyStream(usual, streamOf);
  return [
    ...pathsOf(operation, target),
    ...queriesOf(operation, usual),
    ...keysOf(operation, usual),
    ...(method === "GET" || method === "HEAD" ? [] : ofAny),
    ...(operation.body === null ? [] : bodiesOf(operation.body, usual)),
  ];
}
