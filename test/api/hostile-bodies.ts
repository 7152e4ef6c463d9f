import type { Schema } from "../support/api-reference.ts";
import { invalid, sampleOf, type Attempt } from "./hostile-attempt.ts";

const valuesOfTypes: Readonly<Record<string, unknown>> = {
  null: null,
  boolean: true,
  number: 1.5,
  integer: 0,
  string: "a_text_like_any",
  array: [["x"]],
  object: { a: { b: 1 } },
};

function typesOf(schema: Schema): readonly string[] {
  return schema.anyOf === undefined ? [schema.type ?? "string"] : schema.anyOf.flatMap(typesOf);
}

/** For each member of a body, at any depth, the body with that member replaced. */
function bodiesWith(
  schema: Schema,
  make: (member: Schema, name: string) => readonly unknown[],
): { readonly path: string; readonly body: unknown }[] {
  const sample = sampleOf(schema) as Record<string, unknown>;
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => [
    ...make(member, name).map((value) => ({
      path: `/${name}`,
      body: { ...sample, [name]: value },
    })),
    ...bodiesWith(member, make).map(({ path, body }) => ({
      path: `/${name}${path}`,
      body: { ...sample, [name]: body },
    })),
  ]);
}

const deepMax = 10_000;
/** More than any route takes. */
const tooManyBytes = 512 * 1024;

function nested(open: string, close: string): string {
  return open.repeat(deepMax) + close.repeat(deepMax);
}

/** Texts that no body may be, whatever it is for. */
const malformed: readonly (readonly [what: string, text: string | Buffer])[] = [
  ["half an object", '{"text":'],
  ["single quotes", "{'text':1}"],
  ["a trailing comma", '{"text":"a",}'],
  ["two values", "{}{}"],
  ["NaN", "NaN"],
  ["a bare word", "text"],
  ["a raw line break in a string", '{"text":"a\nb"}'],
  ["invalid UTF-8", Buffer.from([0x7b, 0x22, 0x74, 0xff, 0xfe, 0x22, 0x7d])],
  ["an overlong encoding", Buffer.from([0x22, 0xc0, 0x80, 0x22])],
  ["an encoded surrogate", Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
  ["UTF-16", Buffer.from('{"text":"a"}', "utf16le")],
  ["bytes", Buffer.from([0, 1, 2, 3, 255, 254])],
  ["10,000 lists in each other", nested("[", "]")],
  ["10,000 objects in each other", nested('{"a":', "}").replace('{"a":}', '{"a":1}')],
  ["10,000 lists without an end", "[".repeat(deepMax)],
  ["a key of every object's own", '{"__proto__":{"isAdmin":true}}'],
];

const mediaTypes = [
  "text/plain",
  "application/xml",
  "application/x-www-form-urlencoded",
  "multipart/form-data; boundary=x",
  "application/jsonp",
  "application/json5",
  "json",
  "*/*",
];

/** For every route that takes bytes: whatever is said to be of another type is refused unread. */
export function bodiesOfAnyStream(target: string, streamOf: readonly string[]): Attempt[] {
  return bodiesOfAnyRoute(target).map((attempt) => {
    const type = attempt.headers?.["content-type"];
    const isTaken = streamOf.some((one) => typeof type === "string" && type.startsWith(one));
    const { what, body, headers = {} } = attempt;
    return isTaken
      ? { what, target, body, headers, statuses: [] }
      : { what, target, body, headers, statuses: [415], code: "http.media_type" };
  });
}

/** For every other one but those that only read. */
export function bodiesOfAnyRoute(target: string): Attempt[] {
  return [
    ...malformed.map(([what, body]): Attempt => ({
      what,
      target,
      body,
      statuses: [400],
      code: "http.malformed_json",
    })),
    {
      what: "a body of 512 KiB",
      target,
      body: JSON.stringify({ text: "x".repeat(tooManyBytes) }),
      statuses: [413],
      code: "http.body_too_large",
    },
    {
      what: "a body of 512 KiB in chunks",
      target,
      body: JSON.stringify({ text: "x".repeat(tooManyBytes) }),
      headers: { "content-length": [], "transfer-encoding": "chunked" },
      statuses: [413],
      code: "http.body_too_large",
    },
    ...mediaTypes.map((mediaType): Attempt => ({
      what: `a body that says to be ${mediaType}`,
      target,
      body: '{"text":"a"}',
      headers: { "content-type": mediaType },
      statuses: [415],
      code: "http.media_type",
    })),
    {
      what: "a body that does not say what it is",
      target,
      body: '{"text":"a"}',
      headers: { "content-type": [] },
      statuses: [415],
      code: "http.media_type",
    },
    {
      what: "a body that is packed",
      target,
      body: Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]),
      headers: { "content-encoding": "gzip" },
      statuses: [400, 415],
    },
    ...[null, [], [{}], "text", 5, true].map((body): Attempt => ({
      what: `a body that is ${JSON.stringify(body)}`,
      target,
      body: JSON.stringify(body),
      ...invalid,
    })),
  ];
}

const nul = "a text \u0000 like any";
const halves = ["\ud800", "a\udfff", "\udc00\ud800"];
/** What PostgreSQL, terminals and markup might take for something else. */
const oddTexts = [
  "\u0001\u0002\u001b[31m\u007f\u0085",
  "\u202etxet\u202c\u2066\u2069",
  "'; DROP TABLE accounts; --",
  "\\'; SELECT pg_sleep(10); --",
  "<script>alert(1)</script>",
  "${7*7} {{7*7}} %s %n %x",
  "\r\nSet-Cookie: a=b",
  "\ufeff\u200b\u200d\ufffe\uffff",
  "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}".repeat(50),
  `a${"\u0301".repeat(5000)}`,
  "𝒳".repeat(2000),
  "../../../etc/passwd",
];

/** For a route that takes such a body. */
export function bodiesOf(schema: Schema, target: string): Attempt[] {
  const wrongTypes = bodiesWith(schema, (member) => {
    const allowed = typesOf(member);
    return Object.entries(valuesOfTypes)
      .filter(
        ([type]) =>
          !(allowed.includes(type) || (type === "integer" && allowed.includes("number"))) ||
          (type === "string" && member.enum !== undefined),
      )
      .map(([, value]) => value);
  });
  const brokenTexts = bodiesWith(schema, (member) =>
    typesOf(member).includes("string") ? [nul, ...halves] : [],
  );
  const odd = bodiesWith(schema, (member) => (typesOf(member).includes("string") ? oddTexts : []));
  const sample = sampleOf(schema) as Record<string, unknown>;
  return [
    ...wrongTypes.map(({ path, body }): Attempt => ({
      what: `a wrong type at ${path}`,
      target,
      body,
      ...invalid,
      path,
    })),
    ...(schema.required ?? []).map((name): Attempt => {
      const { [name]: _left, ...body } = sample;
      return { what: `nothing at /${name}`, target, body, ...invalid, path: `/${name}` };
    }),
    ...["surprise", "constructor", "toString", "a~b/c", "Text", ""].map((name): Attempt => ({
      what: `a field that nobody knows: ${JSON.stringify(name)}`,
      target,
      body: { ...sample, [name]: 1 },
      ...invalid,
    })),
    ...brokenTexts.map(({ path, body }): Attempt => ({
      what: `a text that is none at ${path}`,
      target,
      body,
      ...invalid,
      path,
    })),
    ...odd.map(({ path, body }): Attempt => ({
      what: `an odd text at ${path}`,
      target,
      body,
      statuses: [],
    })),
    { what: "no body", target, ...invalid },
    { what: "an empty body", target, body: "", ...invalid },
  ];
}
