import type { Operation } from "../support/api-reference.ts";
import { invalid, sampleOf, type Attempt } from "./hostile-attempt.ts";

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

export function pathsOf(operation: Operation, target: (id: string) => string): Attempt[] {
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

export function queriesOf(operation: Operation, target: string): Attempt[] {
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
