import { createSocket, type Socket } from "node:dgram";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createResolve, type Resolve } from "./names.ts";

/** A name server with few names; of others it says that they are not there, or nothing at all. */
const known: Readonly<Record<string, readonly Buffer[]>> = {
  "both.example 1": [Buffer.from([192, 0, 2, 1]), Buffer.from([192, 0, 2, 2])],
  "both.example 28": [Buffer.from("20010db8000000000000000000000001", "hex")],
  "six.example 28": [Buffer.from("20010db8000000000000000000000002", "hex")],
};
const headBytes = 12;
const typeBytes = 4;
const nameIsNotThere = 3;

function answerTo(query: Buffer): Buffer | null {
  let at = headBytes;
  const labels: string[] = [];
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  const name = labels.join(".");
  if (name === "silent.example") {
    return null;
  }
  const question = query.subarray(headBytes, at + 1 + typeBytes);
  const addresses = known[`${name} ${String(query.readUInt16BE(at + 1))}`] ?? [];
  const isKnown = Object.keys(known).some((key) => key.startsWith(`${name} `));
  const head = Buffer.alloc(headBytes);
  query.copy(head, 0, 0, 2);
  head.writeUInt16BE(0x8180 | (isKnown ? 0 : nameIsNotThere), 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(addresses.length, 6);
  const records = addresses.map((address) => {
    const record = Buffer.alloc(12);
    record.writeUInt16BE(0xc00c, 0);
    question.copy(record, 2, question.length - typeBytes);
    record.writeUInt32BE(60, 6);
    record.writeUInt16BE(address.length, 10);
    return Buffer.concat([record, address]);
  });
  return Buffer.concat([head, question, ...records]);
}

let server: Socket;
let resolve: Resolve;

beforeAll(async () => {
  server = createSocket("udp4", (query, from) => {
    const answer = answerTo(query);
    if (answer !== null) {
      server.send(answer, from.port, from.address);
    }
  });
  await new Promise<void>((listening) => server.bind(0, "127.0.0.1", listening));
  const servers = [`127.0.0.1:${String(server.address().port)}`];
  resolve = createResolve({ servers, queryMs: 100 });
});

afterAll(() => {
  server.close();
});

describe("the addresses of a name", () => {
  it("are those of both families, or of one", async () => {
    expect(await resolve("both.example")).toEqual(["192.0.2.1", "192.0.2.2", "2001:db8::1"]);
    expect(await resolve("six.example")).toEqual(["2001:db8::2"]);
  });

  it.each(["none.example", "silent.example"])("are none of %s", async (name) => {
    expect(await resolve(name)).toEqual([]);
  });
});
