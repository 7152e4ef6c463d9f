/** Plants incompatible changes of events, and changes that are fine. */
import { Type, type TSchema } from "typebox";
import { describe, expect, it } from "vitest";
import { findIncompatibilities, snapshotOf } from "../../tools/event-compatibility.ts";

const type = "things.made.v1";

const side = Type.Object({ id: Type.String(), state: state("open", "closed") });
const fields = {
  id: Type.String(),
  count: Type.Integer(),
  side,
  ids: Type.Array(Type.String()),
  parent: Type.Union([Type.String(), Type.Null()]),
  note: Type.Optional(Type.String()),
};

function state(...values: readonly string[]): TSchema {
  return Type.Union(values.map((value) => Type.Literal(value)));
}

/** As the file keeps them: JSON alone. */
function asKept(schema: TSchema): unknown {
  return JSON.parse(JSON.stringify(schema));
}

function compare(
  changed: Partial<Record<keyof typeof fields | "more", TSchema | undefined>>,
): readonly string[] {
  const now = Object.fromEntries(
    Object.entries({ ...fields, ...changed }).filter(([, schema]) => schema !== undefined),
  ) as Record<string, TSchema>;
  return findIncompatibilities(
    { [type]: asKept(Type.Object(fields)) },
    { [type]: asKept(Type.Object(now)) },
  );
}

describe("a change of an event is refused that", () => {
  it("removes the type", () => {
    expect(findIncompatibilities({ [type]: asKept(Type.Object(fields)) }, {})).toEqual([
      `${type}: the type is gone; events of it are in logs and backups`,
    ]);
  });

  it("removes a field, required or not", () => {
    expect(compare({ count: undefined })).toEqual([
      `${type}: /count is gone; whoever reads it finds nothing`,
    ]);
    expect(compare({ note: undefined })).toHaveLength(1);
  });

  it("renames a field", () => {
    expect(compare({ count: undefined, more: Type.Optional(Type.Integer()) })).toHaveLength(1);
    expect(compare({ count: undefined, more: Type.Integer() })).toHaveLength(2);
  });

  it("adds a required field, or requires one that was optional", () => {
    expect(compare({ more: Type.String() })).toEqual([
      `${type}: /more is required now; events that were written before lack it`,
    ]);
    expect(compare({ note: Type.String() })).toHaveLength(1);
  });

  it("makes a required field optional", () => {
    expect(compare({ count: Type.Optional(Type.Integer()) })).toEqual([
      `${type}: /count is optional now; whoever relies on it finds nothing`,
    ]);
  });

  it("gives a field another type", () => {
    expect(compare({ count: Type.String() })).toEqual([
      `${type}: /count was "integer" and is "string"`,
    ]);
    expect(compare({ ids: Type.Array(Type.Integer()) })).toEqual([
      `${type}: /ids[] was "string" and is "integer"`,
    ]);
    expect(compare({ parent: Type.String() })).toHaveLength(1);
  });

  it("takes a value out of a field's values, however deep", () => {
    const narrowed = Type.Object({ id: Type.String(), state: state("open", "gone") });
    expect(compare({ side: narrowed })).toEqual([
      `${type}: /side/state cannot be "closed" any more; events that were written before are`,
    ]);
    expect(
      compare({ side: Type.Object({ id: Type.String(), state: state("open") }) }),
    ).toHaveLength(1);
  });

  it("asks more of a value than before", () => {
    expect(compare({ id: Type.String({ maxLength: 5 }) })).toEqual([
      `${type}: /id has another "maxLength" than before`,
    ]);
  });
});

describe("a change of an event passes that", () => {
  it("changes nothing but what is said of it", () => {
    expect(compare({})).toEqual([]);
    expect(compare({ id: Type.String({ description: "Which one." }) })).toEqual([]);
  });

  it("adds a type, an optional field, or a value", () => {
    expect(findIncompatibilities({}, { [type]: asKept(side) })).toEqual([]);
    expect(compare({ more: Type.Optional(Type.String()) })).toEqual([]);
    const widened = Type.Object({ id: Type.String(), state: state("closed", "open", "hidden") });
    expect(compare({ side: widened })).toEqual([]);
    expect(compare({ ids: Type.Array(Type.Union([Type.String(), Type.Null()])) })).toEqual([]);
  });

  it("writes the same values in another way", () => {
    const before = { [type]: { enum: ["a", "b"] } };
    const now = { [type]: asKept(state("b", "a")) };
    expect(findIncompatibilities(before, now)).toEqual([]);
  });
});

it("the types are kept in the order of their names", () => {
  expect(snapshotOf({ b: {}, a: {} })).toBe('{\n  "a": {},\n  "b": {}\n}\n');
});
