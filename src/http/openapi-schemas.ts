import type { TSchema } from "typebox";
import { assert } from "../kernel/assert.ts";

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Schemas that go by a name: those with a `title` in PascalCase, wherever they stand. */
export interface Components {
  /** The schema with every named one in it replaced by a reference; the named ones are kept. */
  take(schema: TSchema): JsonSchema;
  all(): Readonly<Record<string, JsonSchema>>;
}

const componentName = /^[A-Z][A-Za-z0-9]*$/;

export function createComponents(): Components {
  const byName = new Map<string, JsonSchema>();

  function convert(value: unknown): unknown {
    if (Array.isArray(value)) {
      return value.map(convert);
    }
    if (typeof value !== "object" || value === null) {
      return value;
    }
    const schema = value as JsonSchema;
    const { title } = schema;
    return typeof title === "string" && componentName.test(title)
      ? named(title, schema)
      : membersOf(schema);
  }

  function membersOf(schema: JsonSchema): JsonSchema {
    const members = Object.fromEntries(
      Object.entries(schema).map(([key, member]) => [key, convert(member)]),
    );
    return asEnum(members) ?? members;
  }

  function named(name: string, schema: JsonSchema): JsonSchema {
    const { title: _title, ...rest } = schema;
    const converted = membersOf(rest);
    const known = byName.get(name);
    assert(
      known === undefined || JSON.stringify(known) === JSON.stringify(converted),
      `two different schemas are titled ${name}`,
    );
    byName.set(name, converted);
    return { $ref: `#/components/schemas/${name}` };
  }

  return {
    take: (schema) => convert(schema) as JsonSchema,
    all: () => Object.fromEntries([...byName].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** A union of constants of one type reads better, and generates better types, as an enumeration. */
function asEnum(schema: JsonSchema): JsonSchema | undefined {
  const { anyOf, ...rest } = schema;
  if (!Array.isArray(anyOf) || anyOf.length === 0) {
    return undefined;
  }
  const variants = anyOf as readonly JsonSchema[];
  const type = variants[0]?.["type"];
  const isEnum = variants.every(
    (variant) => variant["const"] !== undefined && variant["type"] === type,
  );
  return isEnum ? { ...rest, type, enum: variants.map((variant) => variant["const"]) } : undefined;
}
