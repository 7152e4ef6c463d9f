import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { present } from "../../src/kernel/assert.ts";
import type { Id } from "../../src/kernel/id.ts";
import type { Links, Preview } from "../../src/modules/links/contract.ts";
import { createLinks, type LinksDeps } from "../../src/modules/links/module.ts";
import { linksSchema } from "../../src/modules/links/schema.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { DurableWorker, EventEnvelope, WorkDone } from "../../src/ports/log.ts";
import type { Module } from "../../src/ports/module.ts";
import type { OutsideAnswer, OutsideFailure, OutsideWeb } from "../../src/ports/outside-web.ts";
import { contextOf } from "./ask-module.ts";
import type { TestPostgres } from "./postgres.ts";
import { openTestRecord, type TestRecord } from "./record.ts";

/** What other people's servers answer. */
export type Answers = (url: string) => OutsideAnswer | OutsideFailure | Promise<OutsideAnswer>;

/** The links module on a real record, among stories, pages and pictures in memory. */
export interface LinksWorld {
  readonly test: TestRecord;
  readonly links: Module<Links>;
  readonly worker: DurableWorker;
  /** What each story shows; one that is not here is not live. */
  readonly shown: Map<Id, string | null>;
  /** Addresses that were asked for, in their order. */
  readonly asked: string[];
  /** Pictures that the media module has. */
  readonly kept: Map<Id, string>;
  /** What is answered from now on; until it is set, nobody is there. */
  answers: Answers;
  /** Publishes stories with this link, and gives their ids; nothing is consumed yet. */
  publish(url: string | null, count?: number): Id[];
  /** Something happens to a story, which shows this from then on; undefined: it is not live. */
  change(what: "edited" | "deleted" | "restored", change: StoryChange): void;
  /** Hands every event that was not yet consumed to the consumers, and theirs in turn. */
  follow(): Promise<void>;
  /** Does the work of every event that was not yet worked on. */
  work(): Promise<void>;
  /** Both, until there is nothing to do. */
  settle(): Promise<void>;
  /** Ends a work that was begun: what it gave, in a transaction. */
  end(done: WorkDone): Promise<void>;
  /** Events of the module, oldest first. */
  events(type: string): readonly EventEnvelope[];
  /** Stories that were told, in the order in which they were. */
  told(): readonly Id[];
  preview(url: string): Promise<Preview | null>;
  run(job: string): Promise<void>;
  pass(ms: number): void;
  close(): Promise<void>;
}

export interface StoryChange {
  readonly id: Id;
  readonly url?: string | null;
  /** False: no person has done it. */
  readonly isByPerson?: boolean;
}

const personId = 7n;

export function page(html: string, url = "https://page.example/"): OutsideAnswer {
  return { url, status: 200, contentType: "text/html; charset=utf-8", bytes: Buffer.from(html) };
}

export function picture(bytes: string, url = "https://page.example/1.png"): OutsideAnswer {
  return { url, status: 200, contentType: "image/png", bytes: Buffer.from(bytes) };
}

export async function openLinksWorld(
  postgres: TestPostgres,
  deps: Partial<LinksDeps> = {},
): Promise<LinksWorld> {
  const test = await openTestRecord([linksSchema], postgres);
  const root = await mkdtemp(path.join(tmpdir(), "maru-links-"));
  const shown = new Map<Id, string | null>();
  const asked: string[] = [];
  const kept = new Map<Id, string>();
  let passedMs = 0;
  let consumed = 0;
  let worked = 0;
  const clock: Clock = { ...test.clock, nowMs: () => test.clock.nowMs() + passedMs };

  const web: Pick<OutsideWeb, "get"> = {
    async get(url) {
      asked.push(url);
      return world.answers(url);
    },
  };
  const media: LinksDeps["media"] = {
    mayKeep: () => undefined,
    async keepPreview(_context, id, file) {
      const bytes = await readFile(file, "utf8");
      if (bytes.startsWith("no picture")) {
        return null;
      }
      kept.set(id, bytes);
      return `/media/${String(id)}.secret/preview.webp`;
    },
    dropPreviews: async (_context, ids) => {
      ids.forEach((id) => kept.delete(id));
    },
    async workFolder() {
      const folder = await mkdtemp(path.join(root, "work-"));
      return { path: folder, remove: () => rm(folder, { recursive: true }) };
    },
  };
  const links = createLinks({
    ...test,
    clock,
    web,
    media,
    stories: { linkUrls: async (_context, ids) => ids.map((id) => shown.get(id) ?? null) },
    isFetching: true,
    ...deps,
  });
  const worker = present(links.workers?.[0], "the worker");

  function tell(what: string, { id, url, isByPerson = true }: StoryChange): void {
    if (url === undefined) {
      shown.delete(id);
    } else {
      shown.set(id, url);
    }
    const data = {
      storyId: String(id),
      authorId: String(personId),
      version: 1,
      visibility: "public",
      status: url === undefined ? "deleted" : "live",
      ...(typeof url === "string" && what !== "restored" ? { hasLink: true } : {}),
    };
    test.events.push({
      type: `stories.${what}.v1`,
      aggregate: { type: "story", id, version: 1 },
      actorId: isByPerson ? personId : null,
      data,
      id: test.ids.mint(),
      log: "main",
      epoch: 1,
      position: null,
      transactionId: 1n,
      region: 0,
      atMs: 0,
      requestId: "test",
      traceparent: null,
    });
  }

  async function end(done: WorkDone): Promise<void> {
    await test.record.write(contextOf(null), done);
  }

  async function follow(): Promise<void> {
    for (; consumed < test.events.length; consumed += 1) {
      const event = present(test.events[consumed], "event");
      for (const consumer of links.consumers) {
        if (consumer.types.includes(event.type)) {
          const context = contextOf(null);
          await test.record.write(context, (tx) => consumer.handle(context, event, tx));
        }
      }
    }
  }

  async function work(): Promise<void> {
    for (; worked < test.events.length; worked += 1) {
      const event = present(test.events[worked], "event");
      if (worker.types.includes(event.type)) {
        await end(await worker.work(contextOf(null), event, new AbortController().signal));
      }
    }
  }

  const world: LinksWorld = {
    test,
    links,
    worker,
    shown,
    asked,
    kept,
    answers: () => ({ fault: "unreachable" }),
    publish(url, count = 1) {
      return Array.from({ length: count }, () => {
        const id = test.ids.mint();
        tell("published", { id, url });
        return id;
      });
    },
    change: tell,
    follow,
    work,
    async settle() {
      while (consumed < test.events.length || worked < test.events.length) {
        await follow();
        await work();
      }
    },
    end,
    events: (type) => test.events.filter((event) => event.type === type),
    told: () =>
      world
        .events("links.previewed.v1")
        .flatMap(({ data }) => (data as unknown as { storyIds: string[] }).storyIds.map(BigInt)),
    async preview(url) {
      const [found] = await links.contract.previews(contextOf(null), [url]);
      return found ?? null;
    },
    run: async (name) =>
      present(
        links.jobs.find((job) => job.name === name),
        name,
      ).run(),
    pass(ms) {
      passedMs += ms;
    },
    async close() {
      await test.close();
      await rm(root, { recursive: true, force: true });
    },
  };
  return world;
}
