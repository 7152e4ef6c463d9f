import { once } from "node:events";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { startNetworkProxy, type NetworkProxy } from "../../../test/cell/network-proxy.ts";
import { anyKey, failureOf, fileOf, textOf } from "../../../test/support/blobs-contract.ts";
import { refusal, startS3, type TestS3 } from "../../../test/support/s3.ts";
import { BlobsFull, BlobsUnavailable, type BlobStore } from "../../ports/blobs.ts";
import { createS3Blobs, type S3BlobsOptions } from "./blobs.ts";

const mebibyte = 1024 * 1024;
const about = { contentType: "image/webp" };
/** A test does not wait for long. */
const patience = {
  questionMs: 3_000,
  attemptMs: 1_200,
  turnMs: 60_000,
  partMs: 2_000,
  silentMs: 500,
};
const questionEndsMs = 8_000;

let s3: TestS3;
let proxy: NetworkProxy;
/** Another node's, which has a good way to the store, and time. */
let near: BlobStore;
let blobs: BlobStore;

beforeAll(async () => {
  s3 = await startS3();
  proxy = await startNetworkProxy(() => ({ host: "127.0.0.1", port: s3.port }));
  near = createS3Blobs(s3.options());
  blobs = createS3Blobs(s3.options(proxy.port), patience);
});
afterEach(() => {
  s3.answerInstead(() => null);
  proxy.set({ kind: "fine" });
});
afterAll(async () => {
  await near.close();
  await blobs.close();
  await proxy.close();
  await s3.stop();
});

async function put(
  key: string,
  content: Buffer | string,
  { by = near }: { readonly by?: BlobStore } = {},
): Promise<void> {
  await by.put(key, await fileOf(content), about);
}

/** Does it before anything else comes. */
async function atFirstByte(stream: Readable, act: () => void): Promise<void> {
  stream.once("data", () => {
    stream.pause();
    act();
  });
  await once(stream, "pause");
}

/** Another node's store, with something changed. */
function withOptions(changes: Partial<S3BlobsOptions>): BlobStore {
  return createS3Blobs({ ...s3.options(), ...changes }, patience);
}

describe("a bucket that is away", () => {
  it("fails every call as unavailable, by its name and not by its secret", async () => {
    const key = anyKey();
    const file = await fileOf("content");
    proxy.set({ kind: "cut" });
    for (const call of [
      () => blobs.put(key, file, about),
      () => blobs.read(key),
      () => blobs.size(key),
      () => blobs.remove([key]),
      () => blobs.check(),
    ]) {
      const error: unknown = await call().then(
        () => null,
        (failure: unknown) => failure,
      );
      expect(error).toBeInstanceOf(BlobsUnavailable);
      expect(String(error)).toContain(`The bucket maru-test at 127.0.0.1:${proxy.port}`);
    }
  });

  it("shows no secret, however closely one looks at the error", async () => {
    const secretAccessKey = "open-sesame";
    const credentials = { accessKeyId: "S3RVER", secretAccessKey };
    const away = withOptions({ credentials, endpoint: "http://127.0.0.1:1" });
    const refused = withOptions({ credentials, bucket: "other" });
    for (const store of [away, refused]) {
      const error: unknown = await store.check().then(
        () => null,
        (failure: unknown) => failure,
      );
      expect(error).toBeInstanceOf(BlobsUnavailable);
      expect(inspect(error, { showHidden: true, depth: 20 })).not.toContain(secretAccessKey);
    }
  });

  it("keeps nobody waiting while it hangs", async () => {
    const key = anyKey();
    await put(key, "content");
    proxy.set({ kind: "black hole" });
    for (const call of [() => blobs.read(key), () => blobs.size(key), () => blobs.remove([key])]) {
      const beganMs = performance.now();
      await expect(call()).rejects.toThrow(/does not answer in time/);
      expect(performance.now() - beganMs).toBeLessThan(questionEndsMs);
    }
    const file = await fileOf("other");
    await expect(blobs.put(key, file, about)).rejects.toThrow(/does not answer in time/);
    proxy.set({ kind: "fine" });
    expect(await textOf(blobs, key)).toBe("content");
  });

  it("is asked again where it was too busy", async () => {
    const key = anyKey();
    await put(key, "content");
    let busy = 2;
    s3.answerInstead(() => (busy-- > 0 ? refusal(503, "SlowDown") : null));
    expect(await blobs.size(key)).toBe(7);
    busy = 100;
    await expect(blobs.size(key)).rejects.toThrow(BlobsUnavailable);
    expect(busy).toBeGreaterThan(90);
  });
});

describe("a bucket that goes away meanwhile", () => {
  it("shows nothing of what was being put", async () => {
    const key = anyKey();
    const putting = put(key, Buffer.alloc(40 * mebibyte), { by: blobs });
    const cut = expect.poll(() => s3.requests.some((line) => line.includes(`${key}?partNumber=2`)));
    await cut.toBe(true);
    proxy.set({ kind: "cut" });
    await expect(putting).rejects.toThrow(BlobsUnavailable);
    proxy.set({ kind: "fine" });
    expect(await blobs.read(key)).toBeNull();
    await expect.poll(() => s3.held()).toBe(0);
  });

  it("leaves what was there before when it is being replaced", async () => {
    const key = anyKey();
    await put(key, "before");
    const requests = s3.requests.length;
    const putting = put(key, Buffer.alloc(4 * mebibyte), { by: blobs });
    await expect.poll(() => s3.requests.length).toBeGreaterThan(requests);
    proxy.set({ kind: "cut" });
    const outcome = await putting.then(
      () => "put",
      () => "failed",
    );
    proxy.set({ kind: "fine" });
    // It may have been complete when the connection was cut.
    expect([6, 4 * mebibyte]).toContain(await blobs.size(key));
    if (outcome === "put") expect(await blobs.size(key)).toBe(4 * mebibyte);
  });

  it("ends what was being read with an error, and takes the next question", async () => {
    const key = anyKey();
    await put(key, Buffer.alloc(32 * mebibyte));
    const stream = (await blobs.read(key))!;
    await atFirstByte(stream, () => {
      proxy.set({ kind: "cut" });
    });
    expect(await failureOf(stream)).toBeInstanceOf(BlobsUnavailable);
    proxy.set({ kind: "fine" });
    expect(await buffer((await blobs.read(key))!)).toHaveLength(32 * mebibyte);
  });

  it("ends what was being read with an error when nothing comes any more", async () => {
    const key = anyKey();
    await put(key, Buffer.alloc(32 * mebibyte));
    const stream = (await blobs.read(key))!;
    await atFirstByte(stream, () => {
      proxy.set({ kind: "black hole" });
    });
    expect(String(await failureOf(stream))).toContain("nothing came for 500 ms");
  });

  it("does not take a reader who takes its time for a silent store", async () => {
    const key = anyKey();
    await put(key, Buffer.alloc(8 * mebibyte));
    const stream = (await blobs.read(key))!;
    let bytes = 0;
    for await (const chunk of stream) {
      if (bytes === 0) await pause(3 * patience.silentMs);
      bytes += (chunk as Buffer).length;
    }
    expect(bytes).toBe(8 * mebibyte);
  });

  it("takes back the parts that it has when it refuses one", async () => {
    const key = anyKey();
    const before = s3.uploads();
    s3.answerInstead((line) =>
      line.includes("partNumber=3") ? refusal(403, "AccessDenied") : null,
    );
    await expect(put(key, Buffer.alloc(20 * mebibyte))).rejects.toThrow(/does not permit/);
    expect(s3.uploads()).toEqual(before);
    expect(await blobs.size(key)).toBeNull();
  });
});

describe("a bucket that refuses", () => {
  it.each(["XMinioStorageFull", "QuotaExceeded"])("is full: %s", async (code) => {
    s3.answerInstead((line) => (line.startsWith("PUT") ? refusal(403, code) : null));
    await expect(put(anyKey(), "content")).rejects.toThrow(BlobsFull);
  });

  it("is told from an empty one when it is missing", async () => {
    const store = withOptions({ bucket: "missing" });
    for (const call of [() => store.read("a"), () => store.size("a"), () => store.check()]) {
      await expect(call()).rejects.toThrow(
        /^The bucket missing at 127[.\d:]+ is not there: make it, or mend its name [(]NoSuchBucket/,
      );
    }
    await store.close();
  });

  it("tells whose key it does not know", async () => {
    const store = withOptions({ credentials: { accessKeyId: "nobody", secretAccessKey: "x" } });
    await expect(store.check()).rejects.toThrow(/does not know the key [(]InvalidAccessKeyId/);
    await store.close();
  });

  it.each([
    ["SignatureDoesNotMatch", /does not take the secret/],
    ["AccessDenied", /does not permit this to these credentials/],
    ["AuthorizationHeaderMalformed", /is in another region/],
    ["RequestTimeTooSkewed", /clocks of the two machines differ/],
    ["SomethingNew", /fails [(]SomethingNew: so it is[)]/],
  ])("says what is to be mended: %s", async (code, sentence) => {
    s3.answerInstead((line) => (line.startsWith("PUT") ? refusal(403, code) : null));
    await expect(blobs.check()).rejects.toThrow(sentence);
  });

  it("says what is missing where neither the address nor the environment has it", async () => {
    for (const name of ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_PROFILE"])
      vi.stubEnv(name, undefined);
    vi.stubEnv("AWS_CONFIG_FILE", "/nonexistent");
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
    try {
      const noCredentials = withOptions({ credentials: null });
      await expect(noCredentials.check()).rejects.toThrow(
        /needs credentials: give them in the address/,
      );
      const noRegion = withOptions({ region: null });
      await expect(noRegion.check()).rejects.toThrow(/needs a region: give it as [?]region=/);
      vi.stubEnv("AWS_REGION", "us-east-1");
      vi.stubEnv("AWS_ACCESS_KEY_ID", "S3RVER");
      vi.stubEnv("AWS_SECRET_ACCESS_KEY", "S3RVER");
      const both = withOptions({ credentials: null, region: null });
      await both.check();
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("has not removed what it says that it has not", async () => {
    const answer = (code: string) => ({
      status: 200,
      body: `<DeleteResult><Error><Key>k</Key><Code>${code}</Code><Message>no</Message></Error></DeleteResult>`,
    });
    s3.answerInstead(() => answer("InternalError"));
    await expect(blobs.remove(["a", "b"])).rejects.toThrow(
      /of 2 blobs, 1 were not removed: InternalError: no/,
    );
    s3.answerInstead(() => answer("NoSuchKey"));
    await blobs.remove(["a", "b"]);
  });

  it("is not believed when it gives all where a part is asked for", async () => {
    s3.answerInstead(() => ({ status: 200, body: "0123456789" }));
    await expect(blobs.read("a", { start: 2, end: 3 })).rejects.toThrow(BlobsUnavailable);
    await expect.poll(() => s3.held()).toBe(0);
  });
});

describe("what is asked of a bucket", () => {
  it("has checksums that every store knows, the type, and the prefix", async () => {
    const key = anyKey();
    await put(key, "content");
    expect(Object.keys(s3.headers()).filter((name) => /checksum|trailer/.test(name))).toEqual([]);
    expect(s3.objects()).toContain(`blobs/${key} image/webp`);
    await put(key, Buffer.alloc(9 * mebibyte));
    expect(s3.objects()).toContain(`blobs/${key} image/webp`);
    await blobs.remove([key]);
    expect(Object.keys(s3.headers()).filter((name) => /checksum|trailer/.test(name))).toEqual([]);
    expect(s3.headers()["content-md5"]).toMatch(/^[\w+/]{22}==$/);
    const store = withOptions({ prefix: null });
    await store.put(key, await fileOf("content"), about);
    expect(s3.objects()).toContain(`${key} image/webp`);
    expect(await blobs.size(key)).toBeNull();
    await store.close();
  });

  it("is one question for a thousand blobs that are to be removed", async () => {
    const before = s3.requests.length;
    await blobs.remove(Array.from({ length: 2_500 }, (_, n) => `gone/${n}`));
    expect(s3.requests.slice(before)).toHaveLength(3);
  });

  it("comes through a bounded number of connections, which end with the store", async () => {
    const before = await s3.connections();
    const store = createS3Blobs(s3.options());
    const key = anyKey();
    await store.put(key, await fileOf("content"), about);
    const sizes = Promise.all(Array.from({ length: 300 }, () => store.size(key)));
    await expect.poll(() => s3.connections()).toBeGreaterThan(before + 1);
    expect(await s3.connections()).toBeLessThanOrEqual(before + 17);
    expect(new Set(await sizes)).toEqual(new Set([7]));
    expect(await s3.connections()).toBeLessThanOrEqual(before + 17);
    await store.close();
    await expect.poll(() => s3.connections()).toBeLessThanOrEqual(before);
  });

  it("is answered while as many readers as there may be leave their answers alone", async () => {
    const key = anyKey();
    await put(key, Buffer.alloc(4 * mebibyte));
    const store = withOptions({ readersMax: 40 });
    const streams: (Readable | null)[] = [];
    while (streams.length < 40) {
      streams.push(...(await Promise.all(Array.from({ length: 20 }, () => store.read(key)))));
    }
    await expect(store.read(key)).rejects.toThrow(/does not answer in time/);
    expect(await store.size(key)).toBe(4 * mebibyte);
    await store.check();
    await store.put(key, await fileOf("content"), about);
    for (const stream of streams) stream!.destroy();
    expect(await textOf(store, key)).toBe("content");
    await store.close();
  });

  it("is answered while many blobs are put slowly, some of them at a time", async () => {
    const key = anyKey();
    await put(key, "content");
    const file = await fileOf("slow");
    const store = createS3Blobs(s3.options(), { ...patience, turnMs: 300, partMs: 20_000 });
    const held = Promise.withResolvers<null>();
    let begun = 0;
    s3.answerInstead((line) => {
      if (!line.startsWith("PUT") || !line.includes("slow-")) return null;
      begun += 1;
      return held.promise;
    });
    const putting = Promise.allSettled(
      Array.from({ length: 40 }, (_, n) => store.put(`slow-${n}`, file, about)),
    );
    await expect.poll(() => begun).toBe(16);
    expect(await store.size(key)).toBe(7);
    await store.check();
    await expect(store.put("slow-besides", file, about)).rejects.toThrow(
      /does not keep up with what is to be written/,
    );
    expect(begun).toBe(16);
    held.resolve(null);
    const outcomes = (await putting).map(({ status }) => status);
    expect(outcomes.filter((status) => status === "fulfilled")).toHaveLength(16);
    await store.close();
  });
});
