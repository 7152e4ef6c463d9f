/**
 * Whether events may change as they do. An event lives on: in the log for days, in backups, and
 * for readers of another version that run beside this one while a release rolls out. What they
 * read must stay readable, so a type only ever gains optional fields and further values.
 */
import { isDeepStrictEqual } from "node:util";

type Schema = Readonly<Record<string, unknown>>;

/** Every event type with the JSON Schema of its data. */
export type EventTypes = Readonly<Record<string, unknown>>;

/** Words that say nothing of what an event may be. */
const annotations = ["title", "description", "examples", "default", "$comment", "$id"];
/** Words that are compared part by part; every other one must stay as it is. */
const compared = ["properties", "required", "items", "anyOf", "oneOf", "enum", "const", "type"];

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

/** The schemas of which a value fits one. */
function alternatives(schema: Schema): readonly Schema[] {
  const parts = [...listOf(schema["anyOf"]), ...listOf(schema["oneOf"])].filter(isSchema);
  if (parts.length > 0) return parts.flatMap(alternatives);
  const values = listOf(schema["enum"]);
  return values.length > 0 ? values.map((value) => ({ const: value })) : [schema];
}

function nameOf(schema: Schema): string {
  return "const" in schema
    ? JSON.stringify(schema["const"])
    : JSON.stringify(schema["type"] ?? schema);
}

/** A single value says its type by itself. */
function typeOf(schema: Schema): unknown {
  return "const" in schema ? undefined : schema["type"];
}

function compareFields(where: string, before: Schema, now: Schema): readonly string[] {
  const [old, fresh] = [before["properties"], now["properties"]].map((fields) =>
    isSchema(fields) ? fields : {},
  ) as [Schema, Schema];
  const [oldRequired, nowRequired] = [before, now].map(
    (schema) => new Set(listOf(schema["required"]).map(String)),
  ) as [Set<string>, Set<string>];
  const problems: string[] = [];
  for (const [name, schema] of Object.entries(old)) {
    const field = `${where}/${name}`;
    if (!(name in fresh)) {
      problems.push(`${field} is gone; whoever reads it finds nothing`);
    } else if (oldRequired.has(name) && !nowRequired.has(name)) {
      problems.push(`${field} is optional now; whoever relies on it finds nothing`);
    } else {
      problems.push(...compareSchemas(field, schema, fresh[name]));
    }
  }
  for (const name of nowRequired.difference(oldRequired)) {
    problems.push(`${where}/${name} is required now; events that were written before lack it`);
  }
  return problems;
}

function compareSingle(where: string, before: Schema, now: Schema): readonly string[] {
  if (!isDeepStrictEqual(typeOf(before), typeOf(now)) || before["const"] !== now["const"]) {
    return [`${where} was ${nameOf(before)} and is ${nameOf(now)}`];
  }
  const words = new Set([...Object.keys(before), ...Object.keys(now)]);
  const changed = [...words].filter(
    (word) =>
      !annotations.includes(word) &&
      !compared.includes(word) &&
      !isDeepStrictEqual(before[word], now[word]),
  );
  return [
    ...changed.map((word) => `${where} has another "${word}" than before`),
    ...compareFields(where, before, now),
    ...("items" in before || "items" in now
      ? compareSchemas(`${where}[]`, before["items"], now["items"])
      : []),
  ];
}

function compareSchemas(where: string, before: unknown, now: unknown): readonly string[] {
  if (!isSchema(before) || !isSchema(now)) {
    return isDeepStrictEqual(before, now) ? [] : [`${where} is described otherwise than before`];
  }
  const [old, fresh] = [alternatives(before), alternatives(now)];
  const [onlyOld] = old;
  const [onlyFresh] = fresh;
  if (old.length === 1 && fresh.length === 1 && onlyOld !== undefined && onlyFresh !== undefined) {
    return compareSingle(where, onlyOld, onlyFresh);
  }
  return old
    .filter((schema) => !fresh.some((other) => compareSingle(where, schema, other).length === 0))
    .map(
      (schema) =>
        `${where} cannot be ${nameOf(schema)} any more; events that were written before are`,
    );
}

/** What makes `now` unreadable where `before` was; a sentence each, none where all is well. */
export function findIncompatibilities(before: EventTypes, now: EventTypes): readonly string[] {
  return Object.entries(before).flatMap(([type, schema]) => {
    if (!(type in now)) {
      return [`${type}: the type is gone; events of it are in logs and backups`];
    }
    return compareSchemas("", schema, now[type]).map((problem) => `${type}: ${problem.trim()}`);
  });
}

/** The types as they are kept, in an order that does not depend on who declared them. */
export function snapshotOf(types: EventTypes): string {
  const sorted = Object.entries(types).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`;
}
