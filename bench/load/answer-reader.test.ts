import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createAnswerReader, type Answer } from "./answer-reader.ts";

function readPieces(pieces: readonly Buffer[], wantsBody = true): Answer[] {
  const answers: Answer[] = [];
  const reader = createAnswerReader(
    () => wantsBody,
    (answer) => answers.push(answer),
  );
  for (const piece of pieces) {
    // As from a connection, whose buffer is used again at once.
    const shared = Buffer.concat([Buffer.from("before"), piece, Buffer.from("after")]);
    reader.take(shared, "before".length, "before".length + piece.length);
    shared.fill(0);
  }
  return answers;
}

const ok = (body: string): string =>
  `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`;
const unchanged = 'HTTP/1.1 304 Not Modified\r\nETag: W/"a"\r\n\r\n';

describe("an answer's reader", () => {
  it("reads answers one after the other, wherever the pieces are cut", () => {
    const bodies = fc.array(fc.oneof(fc.constant(null), fc.string({ unit: "grapheme" })), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(bodies, fc.array(fc.nat()), (wanted, cuts) => {
        const bytes = Buffer.from(
          wanted.map((body) => (body === null ? unchanged : ok(body))).join(""),
        );
        const edges = [0, ...cuts.map((cut) => cut % bytes.length), bytes.length].sort(
          (a, b) => a - b,
        );
        const pieces = edges.slice(1).map((edge, i) => bytes.subarray(edges[i], edge));
        const answers = readPieces(pieces);
        expect(answers.map(({ status, body }) => (status === 304 ? null : body))).toEqual(wanted);
      }),
    );
  });

  it("counts the bytes of a body that nobody wants", () => {
    const [answer] = readPieces([Buffer.from(ok("어제"))], false);
    expect(answer).toMatchObject({ status: 200, body: "", bytes: 6 });
  });

  it("reads a head that is longer than most", () => {
    const long = `HTTP/1.1 200 OK\r\nX-Long: ${"y".repeat(3_000)}\r\nContent-Length: 2\r\n\r\nhi`;
    const [answer] = readPieces([Buffer.from(long)]);
    expect(answer).toMatchObject({ status: 200, body: "hi" });
  });

  it("shows the head, which has the ETag", () => {
    const [answer] = readPieces([Buffer.from(unchanged)]);
    expect(answer?.head).toContain('ETag: W/"a"');
  });

  it.each([
    ["SSH-2.0-OpenSSH\r\n\r\n", "is no HTTP"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "has no length"],
    ["x".repeat(70_000), "has no end"],
  ])("refuses what it cannot read: %.20s", (text, why) => {
    expect(() => readPieces([Buffer.from(text)])).toThrow(why);
  });
});
