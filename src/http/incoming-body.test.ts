import { ServerResponse, type IncomingMessage } from "node:http";
import { PassThrough } from "node:stream";
import { buffer } from "node:stream/consumers";
import { finished } from "node:stream/promises";
import { expect, test } from "vitest";
import { deadlineAfter } from "../kernel/deadline.ts";
import { IncomingBody } from "./incoming-body.ts";
import { createIncomingDeadline } from "./incoming-deadline.ts";

const limits = {
  atOnceMax: 1,
  silentMs: 30_000,
  bytesPerSMin: 1_000,
  slowMs: 30_000,
  wholeMs: 3_600_000,
};
const chunkBytes = 16 * 1024;

function start(bytesMax = 1_000_000) {
  let nowMs = 0;
  const monotonicMs = (): number => nowMs;
  const sender = new PassThrough();
  const request = Object.assign(sender, {
    headers: {},
    httpVersion: "1.1",
  }) as unknown as IncomingMessage;
  const deadline = createIncomingDeadline({
    first: deadlineAfter(10_000, monotonicMs),
    timeoutMs: 10_000,
    wholeMs: limits.wholeMs,
    monotonicMs,
  });
  const body = new IncomingBody({
    request,
    response: new ServerResponse(request),
    bytesMax,
    limits,
    deadline,
    monotonicMs,
  });
  return {
    sender,
    body,
    deadline,
    /** Time goes by, and whoever looks for slow ones looks. */
    pass(ms: number): void {
      nowMs += ms;
      body.check();
    },
  };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const codeOf = (error: unknown): unknown => (error as { kind?: { code: string } }).kind?.code;
const failureOf = async (body: IncomingBody): Promise<unknown> =>
  codeOf(await finished(body).catch((error: unknown) => error));

test("what is sent is read as it was sent", async () => {
  const { sender, body } = start();
  const read = buffer(body);
  sender.write("some ");
  await turn();
  sender.end("bytes");
  expect((await read).toString()).toBe("some bytes");
  expect(body.failure).toBeNull();
});

test("nothing is taken from the client before the handler reads, and then a few chunks ahead of it", async () => {
  const { sender, body } = start();
  for (let i = 0; i < 60; i += 1) sender.write(Buffer.alloc(chunkBytes));
  await turn();
  expect([sender.readableFlowing, body.readableLength]).toEqual([null, 0]);
  let most = 0;
  let bytes = 0;
  for await (const chunk of body) {
    most = Math.max(most, body.readableLength);
    bytes += (chunk as Buffer).length;
    if (bytes === 60 * chunkBytes) break;
    await turn();
  }
  expect(most).toBeLessThanOrEqual(body.readableHighWaterMark + chunkBytes);
});

test("one byte too many ends it", async () => {
  const { sender, body } = start(10);
  const failure = failureOf(body.resume());
  sender.write("0123456789");
  await turn();
  expect(body.destroyed).toBe(false);
  sender.write("x");
  expect(await failure).toBe("http.body_too_large");
  expect(body.failure?.kind.status).toBe(413);
  expect(sender.destroyed).toBe(false);
});

test("a client that sends nothing for too long is given up", async () => {
  const { sender, body, pass } = start();
  const failure = failureOf(body.resume());
  await turn();
  pass(29_000);
  sender.write(Buffer.alloc(200_000));
  await turn();
  pass(29_999);
  expect(body.destroyed).toBe(false);
  pass(1);
  expect(await failure).toBe("http.request_timeout");
});

test("a client that sends too slowly is given up, and one that is just quick enough is not", async () => {
  for (const [bytesPerS, isGivenUp] of [
    [900, true],
    [1_100, false],
  ] as const) {
    const { sender, body, pass } = start();
    body.resume();
    await turn();
    for (let s = 0; s < 300 && !body.destroyed; s += 1) {
      sender.write(Buffer.alloc(bytesPerS));
      await turn();
      pass(1_000);
      if (s < 28) expect(body.destroyed).toBe(false);
    }
    expect([bytesPerS, body.destroyed]).toEqual([bytesPerS, isGivenUp]);
  }
});

test("time in which the handler does not read is not the client's", async () => {
  const { sender, body, pass } = start();
  pass(100_000);
  const chunks = body[Symbol.asyncIterator]();
  sender.write(Buffer.alloc(body.readableHighWaterMark + chunkBytes));
  await chunks.next();
  await turn();
  // The handler has a chunk and does something with it.
  while (body.readableLength < body.readableHighWaterMark) {
    sender.write(Buffer.alloc(chunkBytes));
    await turn();
  }
  pass(500_000);
  expect(body.destroyed).toBe(false);
});

test("however well it goes it ends after an hour", async () => {
  const { body, pass } = start();
  pass(3_599_999);
  expect(body.destroyed).toBe(false);
  pass(1);
  expect(codeOf(body.failure)).toBe("http.request_timeout");
  // Whoever comes to read only now is told.
  await expect(buffer(body)).rejects.toMatchObject({ kind: { code: "http.request_timeout" } });
});

test("a client that goes is told of", async () => {
  const { sender, body } = start();
  const failure = failureOf(body.resume());
  sender.write("half");
  await turn();
  sender.destroy();
  expect(await failure).toBe("http.malformed");
});

test("a client that has gone before the handler reads is told of, too", async () => {
  const { sender, body } = start();
  sender.destroy();
  await turn();
  expect(await failureOf(body.resume())).toBe("http.malformed");
});

test("what the handler leaves is thrown away", async () => {
  const { sender, body } = start();
  const chunks = body[Symbol.asyncIterator]();
  sender.write(Buffer.alloc(chunkBytes));
  await chunks.next();
  body.letGo();
  const sent = Array.from({ length: 40 }, () => sender.write(Buffer.alloc(chunkBytes)));
  expect(sent).toContain(false);
  sender.end();
  await finished(sender);
  expect(body.failure).toBeNull();
});

test("each step has its whole time while the body comes in, and the last one from its end on", async () => {
  const { sender, body, deadline, pass } = start();
  pass(4_000);
  expect(deadline.remainingMs()).toBe(6_000);
  body.resume();
  await turn();
  for (let i = 0; i < 5; i += 1) {
    sender.write(Buffer.alloc(chunkBytes));
    await turn();
    pass(9_000);
    expect(deadline.remainingMs()).toBe(10_000);
  }
  sender.end();
  await finished(body);
  pass(9_000);
  expect(deadline.remainingMs()).toBe(1_000);
  deadline.check();
  pass(1_000);
  expect(() => {
    deadline.check();
  }).toThrow("request.deadline_exceeded");
});

test("the time of a handler that never reads is up as that of any other", () => {
  const { deadline, pass } = start();
  pass(10_000);
  expect(deadline.remainingMs()).toBe(0);
});

test("a body that is cut, or an hour, ends the time, too", async () => {
  const cut = start(1);
  cut.body.resume();
  cut.sender.write("too long");
  await turn();
  cut.pass(9_000);
  expect(cut.deadline.remainingMs()).toBe(1_000);
  const long = start();
  long.deadline.bodyBegins();
  long.pass(3_595_000);
  expect(long.deadline.remainingMs()).toBe(5_000);
  long.deadline.end();
  expect(long.deadline.remainingMs()).toBe(-Infinity);
});
