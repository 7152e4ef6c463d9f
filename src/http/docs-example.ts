import type { JsonSchema } from "./openapi-schemas.ts";

/** Deeper than any schema of ours nests; a schema that contains itself ends here. */
const depthMax = 8;

export type Resolve = (reference: string) => JsonSchema;

/** A value that fits the schema, for people to read: given examples first, else by type and format. */
export function exampleOf(schema: JsonSchema, resolve: Resolve, depth = 0): unknown {
  const { $ref, examples, const: constant, default: standard, anyOf, enum: values } = schema;
  if (typeof $ref === "string") {
    return depth < depthMax ? exampleOf(resolve($ref), resolve, depth + 1) : {};
  }
  const [example] = Array.isArray(examples) ? (examples as unknown[]) : [];
  const [value] = Array.isArray(values) ? (values as unknown[]) : [];
  const [variant] = Array.isArray(anyOf) ? (anyOf as JsonSchema[]) : [];
  const given = example ?? constant ?? value ?? standard;
  if (given !== undefined) {
    return given;
  }
  return variant === undefined
    ? byType(schema, resolve, depth)
    : exampleOf(variant, resolve, depth + 1);
}

function byType(schema: JsonSchema, resolve: Resolve, depth: number): unknown {
  const { type, format, properties, items, minimum } = schema;
  switch (type) {
    case "object":
      return Object.fromEntries(
        Object.entries((properties ?? {}) as Record<string, JsonSchema>).map(([name, member]) => [
          name,
          exampleOf(withHint(name, member), resolve, depth + 1),
        ]),
      );
    case "array":
      return depth < depthMax && items !== undefined
        ? [exampleOf(items as JsonSchema, resolve, depth + 1)]
        : [];
    case "string":
      return format === "date-time" ? "2026-11-20T05:00:00.000Z" : "…";
    case "integer":
    case "number":
      return minimum ?? 0;
    case "boolean":
      return false;
    default:
      return null;
  }
}

/** Ids look like ids, although their schema says no more than that they are strings. */
function withHint(name: string, schema: JsonSchema): JsonSchema {
  const isId = schema["type"] === "string" && (name === "id" || name.endsWith("Id"));
  return isId && schema["examples"] === undefined
    ? { ...schema, examples: ["3557264441966592000"] }
    : schema;
}
