import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { createFileBlobs } from "../../src/adapters/files/blobs.ts";
import { present } from "../../src/kernel/assert.ts";
import type { Id } from "../../src/kernel/id.ts";
import { createKeyring } from "../../src/kernel/keyring.ts";
import type { Media, MediaJson } from "../../src/modules/media/contract.ts";
import { createMedia } from "../../src/modules/media/module.ts";
import { mediaSchema } from "../../src/modules/media/schema.ts";
import type { MediaSettings } from "../../src/modules/media/settings.ts";
import type { BlobStore } from "../../src/ports/blobs.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { EventEnvelope, JsonObject } from "../../src/ports/log.ts";
import type { Module } from "../../src/ports/module.ts";
import type { MediaProcessing } from "../../src/ports/processing.ts";
import { askModule, contextOf, type Asked, type Question } from "./ask-module.ts";
import { openTestRecord, type TestRecord } from "./record.ts";

/**
 * The media module on a real record and a real folder of files. What is made of a file is a copy of it:
 * `photo…` is a photo, `film…` a video, and a word of `faults` in it is why it is not taken.
 */
export interface MediaWorld {
  readonly test: TestRecord;
  readonly media: Module<Media>;
  readonly blobs: BlobStore;
  /** Ids of stories that anybody sees. */
  readonly seen: Set<Id>;
  ask(operationId: string, question: Question): Promise<Asked>;
  /** Uploads a text as a form's file. */
  upload(as: Id, content: string, alt?: string): Promise<Asked>;
  /** The same, and what it came to. */
  uploaded(as: Id, content?: string): Promise<MediaJson>;
  /** Asks for a file by its address. */
  read(url: string): Promise<{ readonly status: number; readonly text: string }>;
  /** A fact of another module, told to the consumers. */
  tell(type: string, id: Id, version: number, data: JsonObject): Promise<void>;
  /** Hands every event that is not consumed yet to consumers and workers, and theirs in turn. */
  consume(): Promise<void>;
  runJobs(): Promise<void>;
  /** Runs the module's jobs and what they cause, until nothing changes. */
  sweep(): Promise<void>;
  pass(ms: number): void;
  nowMs(): number;
  /** Every file in the store, by its key. */
  keys(): Promise<readonly string[]>;
  close(): Promise<void>;
}

const kibibyte = 1024;

export async function openMediaWorld(
  given: Partial<MediaSettings> = {},
  wrap: (blobs: BlobStore) => BlobStore = (blobs) => blobs,
): Promise<MediaWorld> {
  const test = await openTestRecord([mediaSchema]);
  const folder = await mkdtemp(path.join(tmpdir(), "maru-media-"));
  const blobs = wrap(await createFileBlobs({ folder: path.join(folder, "blobs") }));
  let passedMs = 0;
  const clock: Clock = { ...test.clock, nowMs: () => test.clock.nowMs() + passedMs };
  const seen = new Set<Id>();
  const settings: MediaSettings = {
    imageBytesMax: 64 * kibibyte,
    videoBytesMax: 32 * 1024 * kibibyte,
    unusedMax: 50,
    makingAtOnceMax: 1,
    makingTimeoutMs: 10_000,
    baseUrl: null,
    purgeUrl: null,
    ...given,
  };
  const media = createMedia({
    ...test,
    clock,
    keyring: createKeyring([{ id: 1, secret: Buffer.alloc(32, 1) }]),
    blobs,
    processing: copyingProcessing(),
    settings,
    workFolder: path.join(folder, "work"),
    stories: { sees: async (_context, id) => seen.has(id) },
    graph: { relations: async () => [] },
  });
  test.views.push(...media.views);
  await media.start();
  let consumed = 0;

  const ask = (operationId: string, question: Question): Promise<Asked> =>
    askModule(test, media, { operationId, ...question });

  async function upload(as: Id, content: string, alt = ""): Promise<Asked> {
    const form = new FormData();
    form.set("alt", alt);
    form.set("file", new Blob([content]), "photo.jpg");
    const request = new Request("http://maru.invalid", { method: "POST", body: form });
    const body = present(request.body, "the form");
    return ask("uploadMedia", {
      as,
      incoming: Readable.fromWeb(body),
      headers: { "content-type": request.headers.get("content-type") ?? "" },
    });
  }

  async function consumeOne(event: EventEnvelope): Promise<void> {
    const context = contextOf(null);
    for (const consumer of media.consumers) {
      if (consumer.types.includes(event.type)) {
        await test.record.write(context, (tx) => consumer.handle(context, event, tx));
      }
    }
    for (const worker of media.workers ?? []) {
      if (worker.types.includes(event.type)) {
        const done = await worker.work(context, event, AbortSignal.timeout(worker.timeoutMs));
        await test.record.write(context, done);
      }
    }
  }

  async function consume(): Promise<void> {
    for (; consumed < test.events.length; consumed += 1) {
      await consumeOne(present(test.events[consumed], "the event"));
    }
  }

  async function runJobs(): Promise<void> {
    for (const job of media.jobs) {
      await job.run();
    }
  }

  return {
    test,
    media,
    blobs,
    seen,
    ask,
    upload,
    async uploaded(as, content = "photo of a pond") {
      const { status, body } = await upload(as, content);
      if (status !== 201) {
        throw new Error(`not taken: ${String(status)} ${JSON.stringify(body)}`);
      }
      return (body as { media: MediaJson }).media;
    },
    async read(url) {
      const { pathname, searchParams } = new URL(url, "http://maru.invalid");
      const [, , address = "", file = ""] = pathname.split("/");
      const answer = await ask("getFile", {
        as: null,
        params: { address, file },
        query: Object.fromEntries(searchParams),
      });
      return { status: answer.status, text: typeof answer.body === "string" ? answer.body : "" };
    },
    async tell(type, id, version, data) {
      const context = contextOf(null);
      const event = {
        type,
        aggregate: { type: "story", id, version },
        data,
        requestId: "test",
        traceparent: null,
      } as unknown as EventEnvelope;
      for (const consumer of media.consumers.filter(({ types }) => types.includes(type))) {
        await test.record.write(context, (tx) => consumer.handle(context, event, tx));
      }
    },
    consume,
    runJobs,
    async sweep() {
      await runJobs();
      await consume();
      await runJobs();
    },
    pass(ms) {
      passedMs += ms;
    },
    nowMs: () => clock.nowMs(),
    async keys() {
      const rows = await test.sql<{ key: string }[]>`SELECT key FROM media.blobs ORDER BY key`;
      const found = await Promise.all(
        rows.map(async ({ key }) => ((await blobs.size(key)) === null ? null : key)),
      );
      return found.filter((key) => key !== null);
    },
    async close() {
      await media.stop();
      await test.close();
      await rm(folder, { recursive: true });
    },
  };
}

const faults = ["broken", "too_long", "too_costly"] as const;

function copyingProcessing(): MediaProcessing {
  const faultIn = (text: string): (typeof faults)[number] | undefined =>
    faults.find((fault) => text.includes(fault));
  return {
    videoMissing: null,
    async sniff(head) {
      const text = Buffer.from(head).toString();
      if (text.startsWith("photo")) {
        return { kind: "image", contentType: "image/png" };
      }
      return text.startsWith("film") ? { kind: "video", contentType: "video/mp4" } : null;
    },
    async probe(file) {
      const text = await readFile(file, "utf8");
      if (text.includes("dies")) {
        throw new Error("the process ended");
      }
      const fault = text.includes("later") ? undefined : faultIn(text);
      const kind = text.startsWith("photo") ? "image" : "video";
      const contentType = kind === "image" ? "image/png" : "video/mp4";
      const size = { width: 40, height: 30, durationMs: kind === "image" ? null : 1500 };
      return fault === undefined ? { kind, contentType, ...size } : { fault };
    },
    async make(file, folder) {
      const text = await readFile(file, "utf8");
      const fault = faultIn(text);
      if (text.includes("crash")) {
        throw new Error("the process ended");
      }
      if (fault !== undefined) {
        return { fault };
      }
      const bytes = Buffer.from(text);
      const made = path.join(folder, "40.webp");
      await writeFile(made, bytes);
      return {
        width: 40,
        height: 30,
        durationMs: null,
        blurhash: "L00000fQfQfQfQfQfQfQfQfQfQfQ",
        preview: "40.webp",
        files: [
          {
            name: "40.webp",
            path: made,
            contentType: "image/webp",
            width: 40,
            height: 30,
            bytes: bytes.length,
          },
        ],
      };
    },
    makePreview(file, folder, signal) {
      return this.make(file, folder, signal);
    },
    close: async () => undefined,
  };
}
