import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Reply, SendOptions } from "../support/api-client.ts";
import type { Operation } from "../support/api-reference.ts";
import { printedSeed, runsOf } from "../support/seed.ts";
import type { Attempt } from "./hostile-attempt.ts";
import { attemptsAt } from "./hostile-inputs.ts";
import { expectAtWork, openHostileWorld, type HostileWorld } from "./hostile-world.ts";

let world: HostileWorld;

const faultsShownMax = 40;

/** None that is right and short: that is rightly answered by a 503. */
const deadlines = [
  "",
  "0",
  "-1",
  "+5000",
  "007",
  "abc",
  "1e3",
  "0x10",
  "1.5",
  "NaN",
  "5000, 5000",
  "60000",
  "9".repeat(9),
  "9".repeat(10),
  "9".repeat(300),
];

beforeAll(async () => {
  world = await openHostileWorld();
});

afterAll(async () => {
  await world.close();
});

/** Sends it, with the hero's token where it needs one, and gives what is wrong with the answer. */
async function faultAfter(operation: Operation, attempt: Attempt): Promise<string | null> {
  const { method } = operation;
  const { target, body, headers = {} } = attempt;
  const token = operation.viewer === "none" ? {} : { token: world.hero.token };
  const input = body === undefined ? {} : { body };
  let reply: Reply;
  try {
    reply = await world.api.send(method, target, { ...token, ...input, headers });
  } catch (error) {
    return `${attempt.what}: ${String(error)}`;
  }
  const fault = world.faultOf(reply) ?? differenceOf(reply, attempt, method === "HEAD");
  return fault === null ? null : `${attempt.what}: ${fault}`;
}

/** `isBare`: an answer to HEAD is its headers. */
function differenceOf(
  reply: Reply,
  { statuses, code, path }: Attempt,
  isBare: boolean,
): string | null {
  const said = `${String(reply.status)} ${reply.text.slice(0, 300)}`;
  if (statuses.length > 0 && !statuses.includes(reply.status)) {
    return `not ${statuses.join(" or ")}: ${said}`;
  }
  if (isBare) {
    return null;
  }
  if (code !== undefined && reply.body.code !== code) {
    return `not ${code}: ${said}`;
  }
  return path === undefined || reply.body.errors.some((error) => error.path.startsWith(path))
    ? null
    : `not about ${path}: ${said}`;
}

describe("whatever is sent to it", () => {
  it("each operation refuses what does not fit, and says nothing of its inside", async () => {
    const faults: string[] = [];
    let count = 0;
    for (const operation of world.api.reference.operations) {
      const target = (id: string): string => world.targetOf(operation, id);
      const attempts = attemptsAt(operation, target, world.idFor(operation));
      count += attempts.length;
      for (const attempt of attempts) {
        const fault = await faultAfter(operation, attempt);
        if (fault !== null) {
          faults.push(`${operation.method} ${operation.path}, ${fault}`);
        }
      }
    }
    console.info(`${String(count)} attempts`);
    expect(faults.slice(0, faultsShownMax)).toEqual([]);
    await expectAtWork(world, "after_attempts");
  });

  it("chance finds nothing that it fails at", async () => {
    const { operations } = world.api.reference;
    const idLike = fc.oneof(
      fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.constantFrom("me", "current", "password", "@hero", "requests", ".", ".."),
    );
    const json = fc.jsonValue({ noUnicodeString: false, maxDepth: 5 });
    const headerText = fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]{0,60}$/);
    const requests = fc.record({
      operation: fc.constantFrom(...operations.filter(({ answers }) => !hasEvents(answers))),
      id: idLike,
      query: fc.dictionary(
        fc.oneof(
          fc.constantFrom("limit", "cursor", "handle", "order", "direction", "q"),
          fc.string(),
        ),
        fc.string({ unit: "binary", maxLength: 60 }),
        { maxKeys: 4 },
      ),
      body: fc.option(fc.oneof(json, fc.dictionary(fc.string(), json, { maxKeys: 6 }))),
      raw: fc.option(fc.uint8Array({ maxLength: 80 }), { freq: 6 }),
      headers: fc.dictionary(
        fc.constantFrom(
          "idempotency-key",
          "maru-position",
          "if-none-match",
          "x-request-id",
          "traceparent",
          "accept",
          "accept-language",
          "accept-encoding",
          "user-agent",
          "origin",
          "sec-fetch-site",
          "x-forwarded-for",
          "range",
          "content-encoding",
        ),
        headerText,
        { maxKeys: 4 },
      ),
      deadline: fc.option(fc.constantFrom(...deadlines), { freq: 4 }),
    });
    const seed = printedSeed("hostile requests");
    await fc.assert(
      fc.asyncProperty(requests, async ({ operation, id, query, body, raw, headers, deadline }) => {
        const options: SendOptions = {
          ...(operation.viewer === "none" ? {} : { token: world.hero.token }),
          ...(raw !== null ? { body: raw } : body !== null ? { body: JSON.stringify(body) } : {}),
          headers: {
            ...headers,
            ...keyOf(headers),
            ...(deadline === null ? {} : { "maru-deadline-ms": deadline }),
          },
        };
        const path = world.targetOf(operation, encodeURIComponent(id.toWellFormed()));
        const text = new URLSearchParams(query).toString();
        if (isEndOfHero(operation, options)) {
          return;
        }
        const reply = await world.api.send(operation.method, `${path}?${text}`, options);
        expect(world.faultOf(reply)).toBeNull();
      }),
      { seed, numRuns: runsOf(600) },
    );
    await expectAtWork(world, "after_chance");
  });
});

function hasEvents(answers: Operation["answers"]): boolean {
  return [...answers.values()].includes("events");
}

/** Node trims what a server would, so that an empty header is one of the cases and not a mistake. */
function keyOf(headers: Readonly<Record<string, string>>): Record<string, string> {
  const key = headers["idempotency-key"];
  return key === undefined ? {} : { "idempotency-key": key.trim() };
}

/** What would sign the hero out is no failure, but the rest of the requests would all be refused. */
function isEndOfHero({ method, path }: Operation, { body }: SendOptions): boolean {
  return (
    method === "DELETE" && path.startsWith("/v1/sessions") && (body === undefined || body === "{}")
  );
}

describe("the log of all that", () => {
  it("has no line of an error, nor of anything that it could not serve", () => {
    expect(world.logged()).toEqual([]);
  });
});
