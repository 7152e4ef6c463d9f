import { beforeEach, describe, expect, test } from "vitest";
import type { Clock } from "../../ports/clock.ts";
import type { AccessEntry } from "../../ports/telemetry.ts";
import { createLogger, type RootLogger } from "./logger.ts";

const nowMs = Date.UTC(2026, 10, 20, 5, 0, 0, 7);
const clock: Clock = { nowMs: () => nowMs, monotonicMs: () => 0 };
let text: string;
let logger: RootLogger;

beforeEach(() => {
  text = "";
  logger = createLogger({
    level: "info",
    clock,
    fields: { version: "1.2.3" },
    destination: {
      write: (line) => {
        text += line;
      },
      flush: () => undefined,
    },
  });
});

function lines(): Record<string, unknown>[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("a log line", () => {
  test("is JSON with its level, time, fields and message", () => {
    logger.info({ requestId: "r1", position: 7n }, "a thing happened");
    expect(lines()).toEqual([
      {
        level: "info",
        time: "2026-11-20T05:00:00.007Z",
        version: "1.2.3",
        requestId: "r1",
        position: 7,
        msg: "a thing happened",
      },
    ]);
  });

  test("keeps secrets to itself, wherever they stand", () => {
    const secret = "hunter2";
    logger.warn(
      {
        password: secret,
        token: secret,
        body: { password: secret, name: "anna" },
        request: { headers: { authorization: secret, cookie: secret, "set-cookie": secret } },
      },
      "shown",
    );
    expect(text).not.toContain(secret);
    expect(lines()[0]).toMatchObject({ password: "[redacted]", body: { name: "anna" } });
  });

  test("tells an error with its stack and its cause", () => {
    logger.error({ error: new Error("outer", { cause: new Error("inner") }) }, "failed");
    expect(lines()[0]?.["error"]).toMatchObject({ type: "Error" });
    expect(text).toContain("logger.test.ts");
    expect(text).toContain("inner");
  });

  test("of a child carries the child's fields", () => {
    logger.child({ module: "feed" }).info({}, "from the feed");
    expect(lines()[0]).toMatchObject({ module: "feed", version: "1.2.3" });
  });
});

test("the level holds for children that were made before it changed", () => {
  const child = logger.child({ module: "feed" });
  child.debug({}, "hidden");
  logger.setLevel("debug");
  child.debug({}, "shown");
  logger.setLevel("error");
  child.warn({}, "hidden");
  expect(lines().map(({ msg }) => msg)).toEqual(["shown"]);
  expect(logger.level()).toBe("error");
});

describe("the access log", () => {
  const entry: AccessEntry = {
    requestId: "r1",
    method: "GET",
    route: "/v1/stories/{id}",
    status: 200,
    ms: 1.23456,
    bytes: 512,
    accountId: "17",
    clientRequestId: 'a"\\b',
    traceparent: null,
    aborted: false,
  };

  test("writes the same kind of line as every other, with what the client calls its request", () => {
    logger.accessLog(entry);
    expect(lines()).toEqual([
      {
        level: "info",
        time: "2026-11-20T05:00:00.007Z",
        version: "1.2.3",
        requestId: "r1",
        method: "GET",
        route: "/v1/stories/{id}",
        status: 200,
        ms: 1.23,
        bytes: 512,
        accountId: "17",
        clientRequestId: 'a"\\b',
        msg: "request",
      },
    ]);
  });

  test("is silent above level info", () => {
    logger.setLevel("warn");
    logger.accessLog(entry);
    expect(text).toBe("");
  });
});
