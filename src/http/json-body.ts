import { isUtf8 } from "node:buffer";
import { jsonPointer } from "../kernel/json-pointer.ts";
import { invalid } from "../kernel/problem.ts";
import { textFault } from "../kernel/text.ts";
import { malformedJson } from "./problems.ts";

/** Far deeper than any schema of ours; bounds every recursion over a body. */
const depthMax = 64;

/** A key named `__proto__`, its letters perhaps escaped. Only a key is followed by a colon. */
const protoKey =
  /"(?:_|\\u005[fF]){2}(?:p|\\u0070)(?:r|\\u0072)(?:o|\\u006[fF])(?:t|\\u0074)(?:o|\\u006[fF])(?:_|\\u005[fF]){2}"\s*:/;

/**
 * Reads a JSON body; undefined where there is none. Throws problems for what is not UTF-8 or JSON,
 * what is nested too deeply, and for text that nothing of ours can store.
 */
export function parseJsonBody(bytes: Buffer): unknown {
  if (bytes.length === 0) {
    return undefined;
  }
  if (!isUtf8(bytes)) {
    throw malformedJson({ detail: "The body is not UTF-8." });
  }
  const text = bytes.toString("utf8");
  if (protoKey.test(text)) {
    throw malformedJson({ detail: "No object of a body may have a key named __proto__." });
  }
  const value = parse(text);
  refuseFaults(value, [], 0);
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformedJson({ detail: "The body does not parse as JSON." });
  }
}

function refuseFaults(value: unknown, path: (string | number)[], depth: number): void {
  if (typeof value === "string") {
    refuseText(value, path);
    return;
  }
  if (typeof value !== "object" || value === null) {
    return;
  }
  if (depth === depthMax) {
    throw malformedJson({ detail: `The body is nested more than ${depthMax} levels deep.` });
  }
  for (const [key, member] of Object.entries(value)) {
    path.push(key);
    refuseText(key, path);
    refuseFaults(member, path, depth + 1);
    path.pop();
  }
}

function refuseText(text: string, path: readonly (string | number)[]): void {
  const fault = textFault(text);
  if (fault !== null) {
    throw invalid(jsonPointer(path), faultTexts[fault]);
  }
}

const faultTexts = {
  nul: "must not contain U+0000",
  "lone-surrogate": "must not contain half of a surrogate pair",
} as const;
