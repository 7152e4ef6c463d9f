import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import type { TSchema } from "typebox";
import { invalidInput, type InputError } from "../kernel/problem.ts";
import { describeErrors } from "./validation-errors.ts";

const dateTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

export function createAjv(): Ajv {
  return new Ajv({
    allErrors: true,
    coerceTypes: false,
    removeAdditional: false,
    useDefaults: true,
    // The schema of what failed, to word the message; schemas of ours may be unions of types.
    verbose: true,
    strict: true,
    strictTypes: false,
    strictTuples: false,
    formats: {
      "date-time": (text: string) => dateTime.test(text) && !Number.isNaN(Date.parse(text)),
    },
  });
}

export function refuse(errors: readonly InputError[]): never {
  const [first] = errors;
  const detail =
    first === undefined ? "It does not fit." : `${first.path || "body"}: ${first.message}`;
  throw invalidInput({ detail, errors });
}

export function compileBody(ajv: Ajv, schema: TSchema): (value: unknown) => void {
  const validate: ValidateFunction = ajv.compile(schema);
  return (value) => {
    if (value === undefined) {
      refuse([{ path: "", message: "must be a JSON body" }]);
    }
    if (!validate(value)) {
      refuse(describeErrors(errorsOf(validate)));
    }
  };
}

/** For routes without a body: nothing, or an empty object, which many clients send anyway. */
export function refuseBody(value: unknown): void {
  const empty =
    value === undefined ||
    (typeof value === "object" &&
      value !== null &&
      !Array.isArray(value) &&
      Object.keys(value).length === 0);
  if (!empty) {
    refuse([{ path: "", message: "must be empty; this route takes no body" }]);
  }
}

export function errorsOf(validate: ValidateFunction): readonly ErrorObject[] {
  return validate.errors ?? [];
}
