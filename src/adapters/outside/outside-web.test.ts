import {
  brotliCompressSync,
  deflateRawSync,
  deflateSync,
  gzipSync,
  zstdCompressSync,
} from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  packedHead,
  packedMebibyte,
  packedNothing,
  pageHead,
  raw,
  redirect,
  repeated,
  whole,
} from "../../../test/support/hostile-answers.ts";
import {
  openHostileWeb,
  publicAddress,
  type HostileWeb,
} from "../../../test/support/hostile-web.ts";
import { noMetrics } from "../../../test/support/record.ts";
import type { OutsideAnswer, OutsideFailure, OutsideWeb, Wanted } from "../../ports/outside-web.ts";
import { createOutsideWeb, type OutsideWebOptions } from "./outside-web.ts";

const userAgent = "MaruBot/0 (+https://maru.example/)";
const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
const page: Wanted = { accept: "text/html", bytesMax: 64 * kibibyte, ifLarger: "cut" };
const picture: Wanted = { ...page, ifLarger: "fail" };
/** Short, so that tests are; the machine may be busy, so what ends by them is given more. */
const quick = { wholeMs: 400, idleMs: 150 };
const endsWithinMs = 5_000;

let hostile: HostileWeb;
let opened: OutsideWeb[];

beforeEach(async () => {
  hostile = await openHostileWeb();
  opened = [];
});

afterEach(async () => {
  await Promise.all(opened.map((web) => web.close()));
  await hostile.close();
});

function open({ limits, ...options }: Partial<OutsideWebOptions> = {}): OutsideWeb {
  const web = createOutsideWeb({
    metrics: noMetrics,
    userAgent,
    allow: [publicAddress],
    limits: { ports: [hostile.port], ...limits },
    ...options,
  });
  opened.push(web);
  return web;
}

async function get(
  url: string,
  { web = open(), want = page }: { web?: OutsideWeb; want?: Wanted } = {},
): Promise<OutsideAnswer | OutsideFailure> {
  const startMs = performance.now();
  const came = await web.get(url, want, new AbortController().signal);
  expect(performance.now() - startMs).toBeLessThan(endsWithinMs);
  return came;
}

function textOf(came: OutsideAnswer | OutsideFailure): string {
  return "fault" in came ? came.fault : Buffer.from(came.bytes).toString();
}

describe("an answer", () => {
  it("comes with its address, status and type", async () => {
    hostile.answer("/a", whole("a page", { headers: { "Content-Type": "text/html; charset=x" } }));
    expect(await get(hostile.url("/a?b=c#d"))).toEqual({
      url: hostile.url("/a?b=c#d"),
      status: 200,
      contentType: "text/html; charset=x",
      bytes: Buffer.from("a page"),
    });
  });

  it("is asked for with few words: no cookies, no credentials, and who asks", async () => {
    hostile.answer("/", whole("", { headers: { "Set-Cookie": "a=b" } }));
    const web = open();
    const url = hostile.url("/").replace("//", "//user:word@");
    expect(await get(url, { web })).toMatchObject({ url: hostile.url("/") });
    await get(url, { web });
    const asked = {
      host: `${publicAddress}:${String(hostile.port)}`,
      "user-agent": userAgent,
      accept: "text/html",
      "accept-encoding": "gzip, deflate, br, zstd",
      connection: "close",
    };
    expect(hostile.requests).toEqual([
      { path: "/", headers: asked },
      { path: "/", headers: asked },
    ]);
  });

  it("that is no success has no body that is read", async () => {
    const sent: number[] = [];
    const endless = repeated("HTTP/1.1 404 No\r\n\r\n", "x".repeat(kibibyte), {
      told: (bytes) => sent.push(bytes),
    });
    hostile.answer("/404", endless);
    hostile.answer("/204", whole("", { status: 204 }));
    expect(await get(hostile.url("/404"))).toMatchObject({ status: 404, bytes: new Uint8Array() });
    expect(await get(hostile.url("/204"))).toMatchObject({ status: 204, bytes: new Uint8Array() });
  });

  it.each([
    ["gzip", gzipSync("packed")],
    ["x-gzip", gzipSync("packed")],
    ["deflate", deflateSync("packed")],
    ["deflate", deflateRawSync("packed")],
    ["br", brotliCompressSync("packed")],
    ["zstd", zstdCompressSync("packed")],
    ["identity", Buffer.from("packed")],
    ["GZIP", gzipSync("packed")],
  ])("is unpacked: %s", async (encoding, bytes) => {
    hostile.answer("/", whole(bytes, { headers: { "Content-Encoding": encoding } }));
    expect(textOf(await get(hostile.url("/")))).toBe("packed");
  });

  it("is cut, or refused, where it is larger than wanted", async () => {
    hostile.answer("/", whole("x".repeat(page.bytesMax + 1)));
    hostile.answer("/just", whole("x".repeat(page.bytesMax)));
    expect(textOf(await get(hostile.url("/")))).toHaveLength(page.bytesMax);
    expect(textOf(await get(hostile.url("/"), { want: picture }))).toBe("too_large");
    expect(textOf(await get(hostile.url("/just"), { want: picture }))).toHaveLength(page.bytesMax);
  });

  it("is waited for no longer once nobody wants it", async () => {
    hostile.answer("/", raw("", "open"));
    const asking = new AbortController();
    const came = open().get(hostile.url("/"), page, asking.signal);
    await expect.poll(() => hostile.requests.length).toBe(1);
    asking.abort(new Error("gone"));
    await expect(came).rejects.toThrow("gone");
    await expect.poll(() => hostile.open()).toBe(0);
  });

  it("is waited for no longer once the web outside is closed", async () => {
    hostile.answer("/", raw("", "open"));
    const web = open();
    const came = web.get(hostile.url("/"), page, new AbortController().signal);
    await expect.poll(() => hostile.requests.length).toBe(1);
    const ended = expect(came).rejects.toThrow("not asked any more");
    await web.close();
    await ended;
    await expect(get(hostile.url("/"), { web })).rejects.toThrow("not asked any more");
  });
});

describe("redirects", () => {
  it.each([301, 302, 303, 307, 308])("of status %i are followed", async (status) => {
    hostile.answer("/", redirect("/there?b", status));
    hostile.answer("/there", whole("there"));
    expect(await get(hostile.url("/"))).toMatchObject({
      status: 200,
      url: hostile.url("/there?b"),
    });
  });

  it("may be written in any letters", async () => {
    hostile.answer("/", redirect("/\uac00"));
    hostile.answer("/%EA%B0%80", whole("there"));
    expect(textOf(await get(hostile.url("/")))).toBe("there");
  });

  it("are five at most, in a loop or not", async () => {
    hostile.answer("/loop", redirect("/loop"));
    expect(textOf(await get(hostile.url("/loop")))).toBe("too_many_redirects");
    expect(hostile.requests).toHaveLength(6);
    hostile.answer("/chain", (socket, request) => {
      const step = Number(request.path.split("?")[1]);
      return (step < 10_000 ? redirect(`/chain?${String(step + 1)}`) : whole("end"))(
        socket,
        request,
      );
    });
    expect(textOf(await get(hostile.url("/chain?0")))).toBe("too_many_redirects");
    expect(hostile.requests).toHaveLength(12);
    expect(textOf(await get(hostile.url("/chain?9995")))).toBe("end");
  });

  it("lead somewhere", async () => {
    hostile.answer("/", redirect(null));
    expect(textOf(await get(hostile.url("/")))).toBe("broken");
  });

  it.each([
    "file:///etc/passwd",
    "gopher://127.0.0.1:70/",
    "ftp://127.0.0.2/",
    "data:text/html,x",
    "http://",
    "javascript:x",
  ])("lead to the web: not to %s", async (location) => {
    hostile.answer("/", redirect(location));
    expect(textOf(await get(hostile.url("/")))).toBe("not_http");
    expect(textOf(await get(location))).toBe("not_http");
  });
});

describe("who takes too long", () => {
  it.each([
    ["says nothing", raw("", "open")],
    ["stops amid the headers", raw("HTTP/1.1 200 OK\r\nServer: ", "open")],
    ["stops amid the body", raw(`${pageHead}<title>`, "open")],
    ["gives a byte at a time", repeated(pageHead, "x", { everyMs: 20 })],
    ["gives a header at a time", repeated("HTTP/1.1 200 OK\r\n", "A: b\r\n", { everyMs: 20 })],
    [
      "has early hints without end",
      repeated("", "HTTP/1.1 103 H\r\n\r\n", { times: 8, everyMs: 100 }),
    ],
    ["packs a byte at a time", repeated(packedHead("gzip"), packedNothing, { everyMs: 20 })],
  ])("is left: one who %s", async (_name, behaviour) => {
    hostile.answer("/", behaviour);
    expect(
      textOf(
        await get(hostile.url("/"), { web: open({ limits: { ports: [hostile.port], ...quick } }) }),
      ),
    ).toBe("too_slow");
    await expect.poll(() => hostile.open()).toBe(0);
  });

  it("is left after one time for all redirects together", async () => {
    hostile.answer("/", async (socket, request) => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      await redirect("/")(socket, request);
    });
    const web = open({ limits: { ports: [hostile.port], ...quick, redirectsMax: 1_000 } });
    expect(textOf(await get(hostile.url("/"), { web }))).toBe("too_slow");
    expect(hostile.requests.length).toBeLessThan(10);
  });

  it("is left where it is the name that takes long", async () => {
    const web = open({
      limits: { ports: [hostile.port], ...quick },
      resolve: () => new Promise(() => undefined),
    });
    expect(textOf(await get(`http://slow.example:${String(hostile.port)}/`, { web }))).toBe(
      "too_slow",
    );
    expect(hostile.reached).toEqual([]);
  });
});

describe("who gives too much", () => {
  const endlessly = (first: string, piece: string | Uint8Array) => {
    const sent = { bytes: 0 };
    const behaviour = repeated(first, piece, { told: (bytes) => void (sent.bytes += bytes) });
    return { sent, behaviour };
  };
  /** What the kernel's buffers between the two may take besides. */
  const sentBytesMax = 32 * mebibyte;
  const heldBytesMax = 64 * mebibyte;

  it.each([
    ["a body without end", pageHead, "x".repeat(kibibyte), "x"],
    ["a bomb by gzip", packedHead("gzip"), packedMebibyte, "\0"],
  ])("is cut: %s", async (_name, first, piece, expected) => {
    const { sent, behaviour } = endlessly(first, piece);
    hostile.answer("/", behaviour);
    const heldBefore = process.memoryUsage.rss();
    expect(textOf(await get(hostile.url("/")))).toBe(expected.repeat(page.bytesMax));
    expect(textOf(await get(hostile.url("/"), { want: picture }))).toBe("too_large");
    expect(sent.bytes).toBeLessThan(sentBytesMax);
    expect(process.memoryUsage.rss() - heldBefore).toBeLessThan(heldBytesMax);
  });

  it.each([
    ["headers without end", "HTTP/1.1 200 OK\r\n", "A: b\r\n", "too_large"],
    ["one header without end", "HTTP/1.1 200 OK\r\nA: ", "a".repeat(kibibyte), "too_large"],
    ["early hints without end", "", "HTTP/1.1 103 H\r\n\r\n", "broken"],
    ["nothing, packed without end", packedHead("gzip"), packedNothing, "too_large"],
    [
      "the size of a piece without end",
      `${pageHead.trimEnd()}\r\nTransfer-Encoding: chunked\r\n\r\n5;a=`,
      "b".repeat(kibibyte),
      "broken",
    ],
  ])("is left: %s", async (_name, first, piece, fault) => {
    const { sent, behaviour } = endlessly(first, piece);
    hostile.answer("/", behaviour);
    const heldBefore = process.memoryUsage.rss();
    expect(textOf(await get(hostile.url("/")))).toBe(fault);
    expect(sent.bytes).toBeLessThan(sentBytesMax);
    expect(process.memoryUsage.rss() - heldBefore).toBeLessThan(heldBytesMax);
  });

  it.each([
    ["br", brotliCompressSync(Buffer.alloc(64 * mebibyte))],
    ["zstd", zstdCompressSync(Buffer.alloc(64 * mebibyte))],
    ["deflate", deflateSync(Buffer.alloc(64 * mebibyte))],
  ])("has a bomb by %s", async (encoding, bytes) => {
    hostile.answer("/", whole(bytes, { headers: { "Content-Encoding": encoding } }));
    const heldBefore = process.memoryUsage.rss();
    expect(textOf(await get(hostile.url("/"), { want: picture }))).toBe("too_large");
    expect(process.memoryUsage.rss() - heldBefore).toBeLessThan(heldBytesMax);
  });
});

describe("what is broken", () => {
  const packed = gzipSync("a page that is packed");
  it.each([
    [
      "is told so: gzip that is none",
      whole("<title>a</title>", { headers: { "Content-Encoding": "gzip" } }),
    ],
    [
      "is told so: gzip that ends early",
      whole(packed.subarray(0, -9), { headers: { "Content-Encoding": "gzip" } }),
    ],
    [
      "is told so: an encoding that nobody asked for",
      whole("a", { headers: { "Content-Encoding": "compress" } }),
    ],
    [
      "is told so: one in another",
      whole(gzipSync(packed), { headers: { "Content-Encoding": "gzip, gzip" } }),
    ],
    [
      "is told so: less than was said",
      raw(`${pageHead.trimEnd()}\r\nContent-Length: 99\r\n\r\nshort`, "end"),
    ],
    [
      "is told so: sizes that are none",
      raw(`${pageHead.trimEnd()}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nyy`, "open"),
    ],
    [
      "is told so: pieces that end early",
      raw(`${pageHead.trimEnd()}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab`, "end"),
    ],
    [
      "is told so: two lengths",
      raw("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "end"),
    ],
    ["is told so: no HTTP", raw("220 mail.example ESMTP\r\n", "open")],
    ["is told so: nothing at all", raw("", "end")],
    ["is told so: a reset at once", raw("", "reset")],
    ["is told so: a reset amid the body", raw(`${pageHead}<title>`, "reset")],
    [
      "is told so: another protocol",
      raw("HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "open"),
    ],
  ])("%s", async (_name, behaviour) => {
    hostile.answer("/", behaviour);
    expect(textOf(await get(hostile.url("/")))).toBe("broken");
    await expect.poll(() => hostile.open()).toBe(0);
  });

  it("is as long as it says, whatever follows", async () => {
    hostile.answer("/", raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nshort and more", "end"));
    expect(textOf(await get(hostile.url("/")))).toBe("short");
  });
});

describe("how many are open", () => {
  it("is bounded for all and for each host, and the others wait for their turn", async () => {
    const held = new Set<() => void>();
    let heldMax = 0;
    hostile.answer("/", async (socket, request) => {
      await new Promise<void>((resolve) => {
        held.add(resolve);
        heldMax = Math.max(heldMax, held.size);
      });
      await whole("done")(socket, request);
    });
    const web = open({
      limits: { ports: [hostile.port], openMax: 3, openToHostMax: 2 },
      resolve: async () => [publicAddress],
    });
    const url = (host: string): string => `http://${host}.example:${String(hostile.port)}/`;
    const came = ["a", "a", "a", "a", "b", "b", "b"].map((host) => get(url(host), { web }));
    await expect.poll(() => held.size).toBe(3);
    const hosts = hostile.requests.map(({ headers }) => headers["host"]?.slice(0, 1));
    expect(hosts.sort()).toEqual(["a", "a", "b"]);
    for (let answered = 0; answered < came.length; answered += 1) {
      await expect.poll(() => held.size).toBeGreaterThan(0);
      const [first] = held;
      held.delete(first!);
      first!();
    }
    expect((await Promise.all(came)).map(textOf)).toEqual(came.map(() => "done"));
    expect(heldMax).toBe(3);
  });
});
