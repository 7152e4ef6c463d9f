import { describe, expect, it, vi } from "vitest";
import { MaruProblem } from "../../sdk/problem.ts";
import { keyTrustedMs, type Outcome, type Sender } from "./draft-attempt.ts";
import { parseRecord, type DraftRecord, type Written } from "./draft-record.ts";
import { createDraft, type DraftDeps } from "./draft.ts";

interface Made {
  readonly id: string;
}

const made: Outcome<Made> = { kind: "done", value: { id: "7" } };
const lost: Outcome<Made> = { kind: "passing", retryAfterMs: 0, isUnheard: false };
const text = (value: string): Written => ({ text: value, visibility: "public" });

function refused(status: number): Outcome<Made> {
  const details = { type: "", title: "", status, detail: "", code: "x.y", requestId: "r" };
  return { kind: "refused", error: new MaruProblem(details) };
}

/** One browser: what it keeps, its clock, and what was asked to be done later. */
class Browser {
  kept: string | null = null;
  nowMs = 0;
  keys = 0;
  readonly waits: number[] = [];
  jobs: (() => void)[] = [];

  deps(sender: Partial<Sender<Made>>): DraftDeps<Made> {
    return {
      sender: { idOf: ({ id }) => id, post: async () => lost, ...sender },
      load: () => parseRecord(this.kept),
      save: (record) => {
        this.kept = record === null ? null : JSON.stringify(record);
      },
      begin: () => ({ written: text(""), arrived: null }),
      newKey: () => `key-${(this.keys += 1)}`,
      nowMs: () => this.nowMs,
      later: (job, ms) => {
        this.waits.push(ms);
        this.jobs.push(job);
        return () => {
          this.jobs = this.jobs.filter((other) => other !== job);
        };
      },
      chance: () => 1,
      alone: (job) => job(),
    };
  }

  /** Everything that waits for its time has it. */
  pass(): void {
    const { jobs } = this;
    this.jobs = [];
    jobs.forEach((job) => job());
  }

  record(): DraftRecord | null {
    return parseRecord(this.kept);
  }
}

describe("what is typed", () => {
  it("is kept a moment later, at once when the page goes, and is there in the next page", () => {
    const browser = new Browser();
    const draft = createDraft(browser.deps({}));
    draft.write({ text: "one" });
    expect(browser.record()).toBeNull();
    browser.pass();
    expect(browser.record()?.written.text).toBe("one");
    draft.write({ text: "one two", visibility: "friends" });
    draft.keepNow();
    expect(createDraft(browser.deps({})).state().written).toEqual({
      text: "one two",
      visibility: "friends",
    });
  });

  it("leaves nothing behind when it is deleted again", () => {
    const browser = new Browser();
    const draft = createDraft(browser.deps({}));
    draft.write({ text: "one" });
    draft.keepNow();
    draft.write({ text: "" });
    draft.keepNow();
    expect(browser.kept).toBeNull();
  });

  it("disappears when another tab has sent it, but for what was typed here meanwhile", () => {
    const browser = new Browser();
    const draft = createDraft(browser.deps({}));
    draft.write({ text: "one" });
    draft.keepNow();
    const other = createDraft(browser.deps({}));
    browser.kept = null;
    other.look();
    expect(other.state().written.text).toBe("");
    draft.write({ text: "one more" });
    draft.look();
    draft.keepNow();
    expect(browser.record()).toMatchObject({ written: { text: "one more" }, sent: [] });
  });

  it("is kept by nobody when something else stands in its place", () => {
    const browser = new Browser();
    for (const kept of ["{", "null", '"text"', '{"key":1}', '{"key":"k","written":{"text":1}}']) {
      browser.kept = kept;
      expect(createDraft(browser.deps({})).state().written.text).toBe("");
    }
  });
});

describe("what is sent", () => {
  it("is told of once, and leaves an empty draft with another key", async () => {
    const browser = new Browser();
    const post = vi.fn(async () => made);
    const draft = createDraft(browser.deps({ post }));
    const told = vi.fn();
    draft.sent.listen(told);
    draft.write({ text: "hello" });
    draft.send();
    draft.send();
    expect(draft.state().phase).toBe("sending");
    await vi.waitFor(() => {
      expect(told).toHaveBeenCalledExactlyOnceWith({ value: { id: "7" }, isLast: true });
    });
    expect(post).toHaveBeenCalledExactlyOnceWith("key-1", text("hello"));
    expect(draft.state()).toMatchObject({ written: text(""), phase: "writing" });
    draft.write({ text: "again" });
    draft.send();
    await vi.waitFor(() => {
      expect(post).toHaveBeenLastCalledWith("key-2", text("again"));
    });
  });

  it("waits longer each time that there is no answer, and as long as the server asks", async () => {
    const browser = new Browser();
    const answers = [lost, lost, { ...lost, retryAfterMs: 9_000 }, made];
    const post = vi.fn(async () => answers.shift()!);
    const draft = createDraft(browser.deps({ post }));
    draft.write({ text: "hello" });
    draft.send();
    for (const times of [1, 2, 3]) {
      await vi.waitFor(() => {
        expect(draft.state().phase).toBe("waiting");
        expect(post).toHaveBeenCalledTimes(times);
      });
      browser.pass();
    }
    await vi.waitFor(() => {
      expect(browser.kept).toBeNull();
    });
    // The first is the one for the storage; a chance of 1 waits the whole span.
    expect(browser.waits.slice(1)).toEqual([2_500, 4_500, 17_500]);
    expect(new Set(post.mock.calls.map((call) => JSON.stringify(call))).size).toBe(1);
  });

  it("waits as long as the server asks also when the connection is back", async () => {
    const browser = new Browser();
    const answers = [{ ...lost, retryAfterMs: 9_000 }, made];
    const post = vi.fn(async () => answers.shift()!);
    const draft = createDraft(browser.deps({ post }));
    draft.write({ text: "hello" });
    draft.send();
    await vi.waitFor(() => {
      expect(draft.state().phase).toBe("waiting");
    });
    browser.nowMs = 4_000;
    draft.wake();
    expect(draft.state().phase).toBe("waiting");
    expect(browser.waits.at(-1)).toBe(5_000);
    browser.jobs.at(-1)!();
    await vi.waitFor(() => {
      expect(browser.kept).toBeNull();
    });
    expect(post).toHaveBeenCalledTimes(2);
  });

  it("goes on when the connection is back, and after a reload", async () => {
    const browser = new Browser();
    const first = createDraft(browser.deps({}));
    first.write({ text: "hello" });
    first.send();
    await vi.waitFor(() => {
      expect(first.state().phase).toBe("waiting");
    });
    first.end();
    const post = vi.fn(async () => made);
    const next = createDraft(browser.deps({ post }));
    expect(next.state()).toMatchObject({ phase: "waiting", isOut: "perhaps" });
    next.wake();
    await vi.waitFor(() => {
      expect(browser.kept).toBeNull();
    });
    expect(post).toHaveBeenCalledExactlyOnceWith("key-1", text("hello"));
  });

  it("is not tried any more when it is changed, until it is sent again", async () => {
    const browser = new Browser();
    const post = vi.fn(async () => lost);
    const draft = createDraft(browser.deps({ post }));
    draft.write({ text: "hello" });
    draft.send();
    await vi.waitFor(() => {
      expect(draft.state().phase).toBe("waiting");
    });
    draft.write({ text: "hello!" });
    browser.pass();
    draft.wake();
    expect(draft.state()).toMatchObject({ phase: "writing", isOut: "perhaps" });
    expect(post).toHaveBeenCalledTimes(1);
    expect(browser.record()).toMatchObject({ written: { text: "hello!" }, isWanted: false });
  });

  it("stays with its reason when the server refuses it", async () => {
    const browser = new Browser();
    const draft = createDraft(browser.deps({ post: async () => refused(400) }));
    draft.write({ text: "hello" });
    draft.send();
    await vi.waitFor(() => {
      expect(draft.state()).toMatchObject({ phase: "writing", trouble: { kind: "refused" } });
    });
    expect(browser.record()).toMatchObject({ written: text("hello"), isWanted: false, sent: [] });
    draft.write({ text: "hello there" });
    expect(draft.state().trouble).toBeNull();
  });

  it("is left to its writer when a day has passed without an answer", async () => {
    const browser = new Browser();
    const post = vi.fn(async () => lost);
    const draft = createDraft(browser.deps({ post }));
    draft.write({ text: "hello" });
    draft.send();
    await vi.waitFor(() => {
      expect(draft.state().phase).toBe("waiting");
    });
    browser.nowMs = keyTrustedMs + 1;
    draft.wake();
    await vi.waitFor(() => {
      expect(draft.state()).toMatchObject({ phase: "writing", trouble: { kind: "unsure" } });
    });
    expect(post).toHaveBeenCalledTimes(1);
    expect(browser.record()).toMatchObject({ key: "key-2", written: text("hello"), sent: [] });
  });

  it("in an earlier text that is there is changed to the last one", async () => {
    const browser = new Browser();
    const answers: Outcome<Made>[] = [lost, { kind: "mismatch" }, made];
    const post = vi.fn(async () => answers.shift()!);
    const patch = vi.fn(async () => made);
    const draft = createDraft(browser.deps({ post, patch }));
    draft.write({ text: "hello" });
    draft.send();
    await vi.waitFor(() => {
      expect(draft.state().phase).toBe("waiting");
    });
    draft.write({ text: "hello!" });
    draft.send();
    await vi.waitFor(() => {
      expect(browser.kept).toBeNull();
    });
    expect(post.mock.calls).toEqual([
      ["key-1", text("hello")],
      ["key-1", text("hello!")],
      ["key-1", text("hello")],
    ]);
    expect(patch).toHaveBeenCalledExactlyOnceWith("7", { text: "hello!" });
  });

  it("in an earlier text that cannot be changed says so, and keeps the last one", async () => {
    const browser = new Browser();
    const answers: Outcome<Made>[] = [lost, { kind: "mismatch" }, made];
    const draft = createDraft(browser.deps({ post: async () => answers.shift()! }));
    const told = vi.fn();
    draft.sent.listen(told);
    draft.write({ text: "hello" });
    draft.send();
    await vi.waitFor(() => {
      expect(draft.state().phase).toBe("waiting");
    });
    draft.write({ text: "hello!" });
    draft.send();
    await vi.waitFor(() => {
      expect(draft.state().trouble).toEqual({ kind: "earlier-sent" });
    });
    expect(told).toHaveBeenCalledExactlyOnceWith({ value: { id: "7" }, isLast: false });
    expect(browser.record()).toMatchObject({ key: "key-2", written: text("hello!"), sent: [] });
  });
});

describe("a change of what is there", () => {
  const standing = { id: "7", as: text("hello") };
  const begin = () => ({ written: standing.as, arrived: standing });

  it("is kept as long as it is one, and sends what differs", async () => {
    const browser = new Browser();
    const patch = vi.fn(async () => made);
    const draft = createDraft({ ...browser.deps({ patch }), begin });
    draft.write({ visibility: "self" });
    draft.keepNow();
    expect(browser.record()?.written).toEqual({ text: "hello", visibility: "self" });
    draft.write({ visibility: "public" });
    draft.keepNow();
    expect(browser.kept).toBeNull();
    draft.write({ visibility: "friends" });
    draft.send();
    await vi.waitFor(() => {
      expect(patch).toHaveBeenCalledExactlyOnceWith("7", { visibility: "friends" });
      expect(browser.kept).toBeNull();
    });
  });

  it("keeps the text when the story is gone, and says so", async () => {
    const browser = new Browser();
    const draft = createDraft({
      ...browser.deps({ patch: async () => refused(404) }),
      begin,
    });
    draft.write({ text: "hello there" });
    draft.send();
    await vi.waitFor(() => {
      expect(draft.state().trouble).toMatchObject({ kind: "refused", error: { status: 404 } });
    });
    expect(draft.state()).toMatchObject({ phase: "writing", written: { text: "hello there" } });
  });
});
