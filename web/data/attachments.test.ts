import { beforeEach, describe, expect, it, vi } from "vitest";
import {
  attachmentsMax,
  createAttachments,
  type Attachments,
  type AttachmentsDeps,
  type Patience,
} from "./attachments.ts";
import type { Media } from "./client.ts";
import type { Written } from "./draft-record.ts";
import { createSignal } from "./signal.ts";

type Run = Parameters<ReturnType<AttachmentsDeps["upload"]>["run"]>[0];

/** An upload as the test has it in its hand. */
interface Upload {
  readonly name: string;
  readonly alt: string;
  run: Run | null;
  runs: number;
  isAbandoned: boolean;
  arrive: (id: string) => void;
  fail: (error: unknown) => void;
}

let written: Written;
let sends: readonly string[][];
let uploads: Upload[];
let altSaves: { id: string; alt: string; patience: Patience; done: () => void; fail: () => void }[];
let removed: string[];
let urls: Set<string>;
let attachments: Attachments;
const changed = createSignal();

function write(change: Partial<Written>): void {
  written = { ...written, ...change };
  changed.tell();
}

function start(media: readonly string[] = []): Attachments {
  written = { text: "", visibility: "public", media };
  return createAttachments({
    draft: {
      state: () => ({ written, phase: "writing", isBusy: false, trouble: null, isOut: "no" }),
      listen: changed.listen,
      write,
      send() {
        sends = [...sends, [...(written.media ?? [])]];
      },
    },
    upload(file, alt) {
      const upload: Upload = {
        name: file.name,
        alt,
        run: null,
        runs: 0,
        isAbandoned: false,
        arrive: () => undefined,
        fail: () => undefined,
      };
      uploads.push(upload);
      return {
        run(run) {
          upload.run = run;
          upload.runs += 1;
          return new Promise((resolve, reject) => {
            upload.arrive = (id) => {
              resolve({ id } as Media);
            };
            upload.fail = reject;
            run.signal.addEventListener("abort", () => {
              reject(run.signal.reason as Error);
            });
          });
        },
        abandon() {
          upload.isAbandoned = true;
        },
      };
    },
    saveAlt: (id, alt, patience) =>
      new Promise((resolve, reject) => {
        altSaves.push({ id, alt, patience, done: resolve, fail: reject });
      }),
    remove: (id) => removed.push(id),
    urlOf(file) {
      urls.add(file.name);
      return file.name;
    },
    letGoOf: (url) => urls.delete(url),
  });
}

function photo(name: string, type = "image/jpeg"): File {
  return new File(["x"], name, { type });
}

const photos = (...names: readonly string[]): File[] => names.map((name) => photo(name));

async function arrive(at: number, id: string): Promise<void> {
  uploads[at]!.arrive(id);
  await vi.waitFor(() => expect(written.media).toContain(id));
}

const names = (): readonly string[] => attachments.state().items.map(({ name }) => name);
const phases = (): readonly string[] => attachments.state().items.map(({ phase }) => phase.name);
const keyOf = (name: string): string =>
  attachments.state().items.find((item) => item.name === name)!.key;

beforeEach(() => {
  sends = [];
  uploads = [];
  altSaves = [];
  removed = [];
  urls = new Set();
  attachments = start();
});

describe("what is added to a draft", () => {
  it("goes to the server two at a time, and is kept in the order in which it is shown", async () => {
    attachments.add(photos("a", "b", "c"));
    expect(phases()).toEqual(["sending", "sending", "queued"]);
    await arrive(1, "20");
    await vi.waitFor(() => expect(uploads).toHaveLength(3));
    await arrive(2, "30");
    await arrive(0, "10");
    expect(written.media).toEqual(["10", "20", "30"]);
    expect(attachments.state()).toMatchObject({ isBusy: false, isStuck: false });
  });

  it("finds room for so many, and tells how many were left out", () => {
    attachments.add(photos("a", "b", "c", "d", "e", "f", "g", "h"));
    attachments.add(photos("i", "j", "k", "l"));
    expect(attachments.state().items).toHaveLength(attachmentsMax);
    expect(attachments.state().leftOut).toBe(2);
  });

  it("tells how far it is, and why it waits", () => {
    attachments.add(photos("a"));
    uploads[0]!.run!.onProgress(0.4);
    expect(attachments.state().items[0]).toMatchObject({ share: 0.4, phase: { name: "sending" } });
    uploads[0]!.run!.onWait("offline");
    expect(attachments.state().items[0]?.phase).toEqual({ name: "waiting", why: "offline" });
    uploads[0]!.run!.onProgress(0.405);
    expect(phases()).toEqual(["sending"]);
  });

  it("is tried again from where it was, when it was refused and somebody asks for it", async () => {
    attachments.add(photos("a"));
    uploads[0]!.fail(new Error("no room"));
    await vi.waitFor(() => expect(phases()).toEqual(["refused"]));
    expect(attachments.state().isStuck).toBe(true);
    attachments.retry(keyOf("a"));
    expect(uploads).toHaveLength(1);
    expect(uploads[0]!.runs).toBe(2);
    await arrive(0, "1");
    expect(phases()).toEqual(["there"]);
  });

  it("is refused at once when it is neither photo nor video", () => {
    attachments.add([photo("letter.pdf", "application/pdf"), photo("clip", "video/mp4")]);
    expect(phases()).toEqual(["refused", "sending"]);
    attachments.retry(keyOf("letter.pdf"));
    expect(phases()).toEqual(["refused", "sending"]);
    expect(attachments.state().items.map(({ kind }) => kind)).toEqual(["image", "video"]);
  });

  it("holds the draft up when the server could make nothing of it, until it is removed", async () => {
    attachments.add(photos("a", "b"));
    await arrive(0, "1");
    attachments.sendWhenThere();
    attachments.fault(keyOf("a"), new Error("broken"), "image");
    expect(attachments.state()).toMatchObject({ isStuck: true, isWanted: false });
    attachments.retry(keyOf("a"));
    expect(phases()).toEqual(["refused", "sending"]);
    await arrive(1, "2");
    expect(sends).toEqual([]);
    attachments.remove(keyOf("a"));
    expect(attachments.state().isStuck).toBe(false);
    expect(written.media).toEqual(["2"]);
  });

  it("is given up when it is removed, wherever it is", async () => {
    attachments.add(photos("a", "b"));
    await arrive(0, "1");
    attachments.remove(keyOf("b"));
    expect(uploads[1]!.isAbandoned).toBe(true);
    expect(uploads[1]!.run!.signal.aborted).toBe(true);
    attachments.remove(keyOf("a"));
    expect(removed).toEqual(["1"]);
    expect(written.media).toEqual([]);
    expect(urls).toEqual(new Set());
  });

  it("moves among the others, also while it is on its way", async () => {
    attachments.add(photos("a", "b", "c"));
    await arrive(0, "1");
    attachments.move(keyOf("c"), 0);
    expect(names()).toEqual(["c", "a", "b"]);
    await arrive(1, "2");
    await vi.waitFor(() => expect(uploads).toHaveLength(3));
    await arrive(2, "3");
    expect(written.media).toEqual(["3", "1", "2"]);
  });
});

describe("sending a draft with photos", () => {
  it("waits for what is on its way", async () => {
    attachments.add(photos("a", "b"));
    attachments.sendWhenThere();
    expect(attachments.state().isWanted).toBe(true);
    await arrive(0, "1");
    expect(sends).toEqual([]);
    await arrive(1, "2");
    expect(sends).toEqual([["1", "2"]]);
    expect(attachments.state().isWanted).toBe(false);
  });

  it("is called off by hand, and by what is refused", async () => {
    attachments.add(photos("a"));
    attachments.sendWhenThere();
    attachments.doNotSend();
    await arrive(0, "1");
    attachments.add(photos("b"));
    attachments.sendWhenThere();
    uploads[1]!.fail(new Error("no"));
    await vi.waitFor(() => expect(phases()).toEqual(["there", "refused"]));
    expect(attachments.state().isWanted).toBe(false);
    expect(sends).toEqual([]);
  });
});

describe("what a photo shows", () => {
  it("goes with it, when it is said before it begins", () => {
    attachments.add(photos("a", "b", "c"));
    attachments.describe(keyOf("c"), "A cat");
    attachments.remove(keyOf("a"));
    expect(uploads.map(({ alt }) => alt)).toEqual(["", "", "A cat"]);
  });

  it("is saved afterwards, when it is said on the way, and waited for", async () => {
    attachments.add(photos("a"));
    attachments.describe(keyOf("a"), "A dog");
    attachments.sendWhenThere();
    await arrive(0, "1");
    expect(altSaves.map(({ id, alt }) => `${id} ${alt}`)).toEqual(["1 A dog"]);
    expect(sends).toEqual([]);
    altSaves[0]!.done();
    await vi.waitFor(() => expect(sends).toEqual([["1"]]));
  });

  it("counts as it was said last", async () => {
    attachments.add(photos("a"));
    await arrive(0, "1");
    attachments.describe(keyOf("a"), "One");
    attachments.describe(keyOf("a"), "Two");
    expect(altSaves[0]!.patience.signal.aborted).toBe(true);
    expect(altSaves[1]!.alt).toBe("Two");
    expect(attachments.state().items[0]?.alt).toBe("Two");
  });

  it("can be saved again when that was refused", async () => {
    attachments.add(photos("a"));
    await arrive(0, "1");
    attachments.describe(keyOf("a"), "One");
    altSaves[0]!.fail();
    await vi.waitFor(() => expect(phases()).toEqual(["refused"]));
    attachments.retry(keyOf("a"));
    altSaves[1]!.done();
    await vi.waitFor(() => expect(phases()).toEqual(["there"]));
  });
});

describe("a draft with photos that is open elsewhere, too", () => {
  it("shows what an earlier page has added", () => {
    attachments = start(["7", "8"]);
    expect(attachments.state().items.map(({ id }) => id)).toEqual(["7", "8"]);
    expect(attachments.state().items[0]?.alt).toBeNull();
  });

  it("follows what another tab adds, moves and removes, and keeps what is on its way here", () => {
    attachments = start(["1", "2"]);
    attachments.add(photos("mine"));
    const ids = () => attachments.state().items.map(({ id, name }) => id ?? name);
    write({ media: ["2", "1"] });
    expect(ids()).toEqual(["2", "1", "mine"]);
    write({ media: ["1", "3"] });
    expect(ids()).toEqual(["1", "mine", "3"]);
    write({ media: [] });
    expect(ids()).toEqual(["mine"]);
  });

  it("is empty when everything was given up, which can be added again", async () => {
    attachments.add(photos("a", "b"));
    await arrive(1, "2");
    expect(attachments.clear().map(({ name }) => name)).toEqual(["a"]);
    write({ media: [] });
    expect(attachments.state().items).toEqual([]);
    expect(uploads[0]!.isAbandoned).toBe(true);
  });
});
