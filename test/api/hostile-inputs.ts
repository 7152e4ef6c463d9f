import type { Operation, Schema } from "../support/api-reference.ts";

/**
 * Everything that a client may send and should not, made from the reference: for each operation
 * a list of requests, each with what is to be answered.
 */
export interface Attempt {
  readonly what: string;
  readonly target: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Statuses that are right; none of them: anything that is no failure of the server. */
  readonly statuses: readonly number[];
  /** Of the problem. */
  readonly code?: string;
  /** What the first of the problem's errors names. */
  readonly path?: string;
}

const invalid = { statuses: [400], code: "request.invalid" };

/** A value that the schema takes. */
export function sampleOf(schema: Schema): unknown {
  const [first] = schema.anyOf ?? [];
  if (schema.enum !== undefined) {
    return schema.enum[0];
  }
  if (first !== undefined) {
    return sampleOf(first);
  }
  switch (schema.type) {
    case "object":
      return Object.fromEntries(
        (schema.required ?? []).map((name) => [name, sampleOf(schema.properties![name]!)]),
      );
    case "array":
      return [];
    case "boolean":
      return false;
    case "integer":
      return 1;
    case "null":
      return null;
    default:
      return "a_text_like_any";
  }
}

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

function bodiesOfAnyRoute(target: string): Attempt[] {
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

function bodiesOf(schema: Schema, target: string): Attempt[] {
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

/** What is an id of nothing, as it stands in a path. */
const foreignIds = [
  "0",
  "-1",
  "-0",
  "+5",
  "007",
  "1.0",
  "1e3",
  "0x10",
  "9223372036854775808",
  "18446744073709551616",
  "99999999999999999999",
  "1".repeat(300),
  "abc",
  "null",
  "undefined",
  "NaN",
  "true",
  "%20",
  "%201",
  "1%20",
  "1%0a",
  "%00",
  "1%00",
  "%EF%BC%91",
  "%D9%A3",
  "%F0%9F%98%80",
  "..%2f..%2fetc%2fpasswd",
  "1;2",
  "1'--",
  "1%20OR%201%3D1",
  "{id}",
  "$1",
  "@",
  "@@",
  "@%00",
  "@a%20b",
  "@nobody_has_this_handle",
  `@${"a".repeat(400)}`,
];
/** Ids that could be, of nothing that is. */
const impossibleIds = ["1", "9223372036854775807", "1234567890123456789"];
const badEncodings = ["%", "%z", "%zz", "%c3%28", "%ED%A0%80", "%FF", "a%E0%80%80"];

const doneAnyway = [204, 404];

function pathsOf(operation: Operation, target: (id: string) => string): Attempt[] {
  if (operation.pathParameters.length === 0) {
    return [];
  }
  const body = operation.body === null ? {} : { body: sampleOf(operation.body) };
  return [
    ...foreignIds.map((id): Attempt => ({
      what: `the id ${id.slice(0, 40)}`,
      target: target(id),
      ...body,
      statuses: [404],
      code: "request.not_found",
    })),
    // Whether what is not there is ended or not is for each route to say; it is never a failure.
    ...impossibleIds.map((id): Attempt => ({
      what: `the id ${id}`,
      target: target(id),
      ...body,
      statuses: operation.method === "DELETE" ? doneAnyway : [404],
    })),
    ...badEncodings.map((id): Attempt => ({
      what: `the badly encoded id ${id}`,
      target: target(id),
      ...body,
      statuses: [400],
      code: "http.malformed_url",
    })),
    {
      what: "an id of 9,000 digits",
      target: target("1".repeat(9_000)),
      ...body,
      statuses: [414],
      code: "http.url_too_long",
    },
  ];
}

const badValues: Readonly<Record<string, readonly string[]>> = {
  limit: ["0", "101", "abc", "1e9", "-1", "1.5", "", "%205", "5%20", "0x10", "9007199254740993"],
  cursor: ["x", "", "AAAA", "%22", "null", "a".repeat(3000), "%F0%9F%98%80"],
  order: ["", "sideways", "OLDEST"],
  direction: ["", "sideways", "Sent"],
};

function queriesOf(operation: Operation, target: string): Attempt[] {
  const required = operation.queryParameters
    .filter(({ schema }) => schema["minLength"] !== undefined)
    .map(({ name }) => `${name}=a`);
  const withQuery = (text: string): string => `${target}?${[...required, text].join("&")}`;
  return operation.queryParameters.flatMap(({ name }) => [
    ...(badValues[name] ?? []).map((value): Attempt => ({
      what: `${name}=${value.slice(0, 20)}`,
      target: withQuery(`${name}=${value}`),
      ...invalid,
      path: name,
    })),
    {
      what: `${name} twice`,
      target: withQuery(`${name}=1&${name}=2`),
      ...invalid,
      path: name,
    },
    {
      what: `U+0000 in ${name}`,
      target: `${target}?${name}=%00`,
      ...invalid,
    },
    ...badEncodings.map((value): Attempt => ({
      what: `${name} badly encoded as ${value}`,
      target: withQuery(`${name}=${value}`),
      statuses: [400],
      code: "http.malformed_url",
    })),
  ]);
}

const badKeys: readonly (readonly [string, string | readonly string[]])[] = [
  ["an empty key", ""],
  ["a key of 256 characters", "k".repeat(256)],
  ["a key with a space", "two words"],
  ["a key with a tab", "two\twords"],
  ["a key beyond ASCII", "schlüssel"],
  ["two keys", ["one", "two"]],
];

function keysOf(operation: Operation, target: string): Attempt[] {
  return !operation.takesKey
    ? []
    : badKeys.map(([what, key]): Attempt => ({
        what,
        target,
        body: sampleOf(operation.body ?? {}),
        headers: { "idempotency-key": key },
        ...invalid,
        path: "Idempotency-Key",
      }));
}

/** All of them for one operation; `target` puts an id into its path, `id` is one that is there. */
export function attemptsAt(
  operation: Operation,
  target: (id: string) => string,
  id: string,
): readonly Attempt[] {
  const usual = target(id);
  const takesBody = operation.method !== "GET";
  return [
    ...pathsOf(operation, target),
    ...queriesOf(operation, usual),
    ...keysOf(operation, usual),
    ...(takesBody ? bodiesOfAnyRoute(usual) : []),
    ...(operation.body === null ? [] : bodiesOf(operation.body, usual)),
  ];
}
