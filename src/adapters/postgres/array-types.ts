import postgres from "postgres";

/**
 * PostgreSQL's arrays, declared by hand. The driver can ask each new connection for them, but when
 * a connection is lost during that question, nobody hears of the failure and the process ends.
 */

/** A type of an array with that of its elements: their numbers are fixed in PostgreSQL's catalogue. */
const elementOfArray: Readonly<Record<number, number>> = {
  1000: 16, // bool
  1001: 17, // bytea
  1005: 21, // int2
  1007: 23, // int4
  1009: 25, // text
  1015: 1043, // varchar
  1016: 20, // int8
  1021: 700, // float4
  1022: 701, // float8
  1182: 1082, // date
  1115: 1114, // timestamp
  1185: 1184, // timestamptz
  199: 114, // json
  3807: 3802, // jsonb
  2951: 2950, // uuid
};

const numbers: readonly number[] = [21, 23, 700, 701];
const times: readonly number[] = [1082, 1114, 1184];
const documents: readonly number[] = [114, 3802];

function plainText(value: unknown): string {
  if (value instanceof Uint8Array) {
    return `\\x${Buffer.from(value).toString("hex")}`;
  }
  if (value instanceof Date) {
    return value.toISOString();
  }
  if (typeof value === "string") {
    return value;
  }
  return typeof value === "bigint" ? value.toString() : JSON.stringify(value);
}

function elementText(value: unknown): string {
  if (value === null || value === undefined) {
    return "NULL";
  }
  const text = plainText(value);
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/** An array that is text already, such as of `idArray`, is left as it is. */
function arrayText(value: unknown): string {
  return Array.isArray(value) ? `{${value.map(arrayOrElement).join(",")}}` : plainText(value);
}

function arrayOrElement(value: unknown): string {
  return Array.isArray(value) ? arrayText(value) : elementText(value);
}

function parseElement(oid: number, text: string): unknown {
  if (oid === 16) {
    return text === "t";
  }
  if (oid === 17) {
    return Buffer.from(text.slice(2), "hex");
  }
  if (oid === 20) {
    return BigInt(text);
  }
  if (times.includes(oid)) {
    return new Date(text);
  }
  if (documents.includes(oid)) {
    return JSON.parse(text) as unknown;
  }
  return numbers.includes(oid) ? Number(text) : text;
}

/** One token of an array's text: a bracket, a quoted element, or a bare one. */
const token = /[{}]|"((?:[^"\\]|\\.)*)"|([^{},"]+)/g;

function parseArray(oid: number, text: string): unknown {
  const outermost: unknown[] = [];
  const open: unknown[][] = [outermost];
  for (const [whole, quoted, bare] of text.matchAll(token)) {
    if (whole === "{") {
      const inner: unknown[] = [];
      open.at(-1)?.push(inner);
      open.push(inner);
    } else if (whole === "}") {
      open.pop();
    } else if (quoted !== undefined) {
      open.at(-1)?.push(parseElement(oid, quoted.replace(/\\(.)/gs, "$1")));
    } else {
      open.at(-1)?.push(bare === "NULL" ? null : parseElement(oid, bare ?? ""));
    }
  }
  return outermost[0];
}

/** Types for the driver's options; their names mean nothing. */
export function arrayTypes(): Readonly<Record<string, postgres.PostgresType>> {
  return Object.fromEntries(
    Object.entries(elementOfArray).map(([array, element]): [string, postgres.PostgresType] => [
      `array${array}`,
      {
        to: Number(array),
        from: [Number(array)],
        serialize: arrayText,
        parse: (text: string) => parseArray(element, text),
      },
    ]),
  );
}
