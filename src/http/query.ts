import type { Ajv } from "ajv";
import { Type, type TSchema } from "typebox";
import type { InputError } from "../kernel/problem.ts";
import { textFault } from "../kernel/text.ts";
import { malformedUrl } from "./problems.ts";
import { describeErrors } from "./validation-errors.ts";
import { errorsOf, refuse } from "./validation.ts";

/** What a query is after validation: the parameters that its schema knows. */
export type Query = Readonly<Record<string, unknown>>;

type Coerce = (text: string) => unknown;

const integer = /^-?(?:0|[1-9]\d{0,14})$/;
const decimal = /^-?\d{1,15}(?:\.\d{1,15})?$/;

/** A text that does not spell such a value stays a text, which the validator then refuses. */
const coercions: Readonly<Record<string, Coerce>> = {
  integer: (text) => (integer.test(text) ? Number(text) : text),
  number: (text) => (decimal.test(text) ? Number(text) : text),
  boolean: (text) => (text === "true" ? true : text === "false" ? false : text),
};

const asText: Coerce = (text) => text;
const nothing: Query = Object.freeze({});

/**
 * Compiles the query's schema to a parser of the URL's query. Unknown parameters are ignored, and
 * a known one may stand once.
 */
export function compileQuery(ajv: Ajv, schema: TSchema | undefined): (text: string) => Query {
  const properties = propertiesOf(schema);
  if (properties.size === 0) {
    return () => nothing;
  }
  const validate = ajv.compile(schema ?? Type.Object({}));
  return (text) => {
    const query: Record<string, unknown> = {};
    const errors: InputError[] = [];
    for (const [name, value] of pairsOf(text)) {
      const coerce = properties.get(name);
      if (coerce === undefined) {
        continue;
      }
      if (name in query) {
        errors.push({ path: name, message: "must be given once" });
      } else if (textFault(value) !== null) {
        errors.push({ path: name, message: "must not contain U+0000" });
      }
      query[name] = coerce(value);
    }
    if (errors.length > 0) {
      refuse(errors);
    }
    if (!validate(query)) {
      refuse(describeErrors(errorsOf(validate)).map(named));
    }
    return query;
  };
}

/** Parameters go by their names, not by JSON pointers. */
function named(error: InputError): InputError {
  return { path: error.path.replace(/^\//, ""), message: error.message };
}

function propertiesOf(schema: TSchema | undefined): ReadonlyMap<string, Coerce> {
  const { properties = {} } = (schema ?? {}) as { properties?: Record<string, { type?: string }> };
  return new Map(
    Object.entries(properties).map(([name, { type = "string" }]) => [
      name,
      coercions[type] ?? asText,
    ]),
  );
}

function* pairsOf(text: string): Generator<readonly [string, string]> {
  if (text === "") {
    return;
  }
  for (const pair of text.split("&")) {
    const equals = pair.indexOf("=");
    const name = equals === -1 ? pair : pair.slice(0, equals);
    yield [decode(name), equals === -1 ? "" : decode(pair.slice(equals + 1))];
  }
}

function decode(text: string): string {
  if (!text.includes("%") && !text.includes("+")) {
    return text;
  }
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw malformedUrl({ detail: "The query is not percent-encoded UTF-8." });
  }
}

/** What follows the first question mark of a URL. */
export function queryTextOf(url: string): string {
  const mark = url.indexOf("?");
  return mark === -1 ? "" : url.slice(mark + 1);
}
