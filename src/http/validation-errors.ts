import type { ErrorObject } from "ajv";
import type { InputError } from "../kernel/problem.ts";
import { jsonPointer } from "../kernel/json-pointer.ts";

/** A body of many wrong parts gets no longer an answer than a person reads. */
const errorsMax = 20;

/** The validator's errors, worded for the one who sent the input. */
export function describeErrors(errors: readonly ErrorObject[]): readonly InputError[] {
  const told = withoutVariants(errors).map((error) => ({
    path: pathOf(error),
    message: messageOf(error),
  }));
  const seen = new Set<string>();
  return told
    .filter(({ path, message }) => {
      const key = `${path}\n${message}`;
      return !seen.has(key) && seen.add(key);
    })
    .slice(0, errorsMax);
}

/**
 * A union reports what is wrong with each of its variants and then itself. Where a variant was of
 * the right type, its own error tells more than the union's; otherwise the union's is enough.
 */
function withoutVariants(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const unions = errors.filter((error) => error.keyword === "anyOf");
  if (unions.length === 0) {
    return errors;
  }
  const variantsOf = (union: ErrorObject): readonly ErrorObject[] =>
    errors.filter(
      (error) =>
        error !== union &&
        error.schemaPath.startsWith(`${union.schemaPath}/`) &&
        error.instancePath.startsWith(union.instancePath),
    );
  const dropped = new Set<ErrorObject>();
  for (const union of unions) {
    const variants = variantsOf(union);
    const telling = variants.filter(({ keyword }) => keyword !== "type" && keyword !== "const");
    if (telling.length > 0) {
      dropped.add(union);
    }
    for (const variant of variants) {
      if (!telling.includes(variant)) {
        dropped.add(variant);
      }
    }
  }
  return errors.filter((error) => !dropped.has(error));
}

function pathOf(error: ErrorObject): string {
  const params = error.params as { missingProperty?: string; additionalProperty?: string };
  const member = params.missingProperty ?? params.additionalProperty;
  return jsonPointer(member === undefined ? [] : [member], error.instancePath);
}

function messageOf(error: ErrorObject): string {
  const fallback = error.message ?? "does not fit";
  switch (error.keyword) {
    case "required":
      return "is required";
    case "additionalProperties":
      return "is not a known field";
    case "const":
      return `must be ${JSON.stringify(error.schema)}`;
    case "enum":
      return `must be one of ${listOf(error.schema)}`;
    case "anyOf":
      return unionMessage(error.schema) ?? fallback;
    default:
      return fallback;
  }
}

function listOf(values: unknown): string {
  return Array.isArray(values) ? values.map((value) => JSON.stringify(value)).join(", ") : "those";
}

function unionMessage(schema: unknown): string | undefined {
  if (!Array.isArray(schema)) {
    return undefined;
  }
  const variants = schema as readonly { const?: unknown; type?: unknown }[];
  const texts = variants.map((variant) =>
    variant.const === undefined ? String(variant.type) : JSON.stringify(variant.const),
  );
  return `must be one of ${texts.join(", ")}`;
}
