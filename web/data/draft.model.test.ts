import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MaruProblem } from "../../sdk/problem.ts";
import { printedSeed, runsOf } from "../../test/support/seed.ts";
import type { Outcome, Passing, Sender } from "./draft-attempt.ts";
import { isSame, type DraftRecord, type Written } from "./draft-record.ts";
import { createDraft, type Draft } from "./draft.ts";

/**
 * Someone writes and sends in two tabs, while requests and answers are lost or late, pages are
 * reloaded or crash, and the server is busy. In the end each thing that was written is published
 * once, as it was written last.
 */

interface Made {
  readonly id: string;
  readonly written: Written;
}

/** Takes one text under a key, and answers with it from then on. */
class Server {
  readonly made = new Map<string, Made>();
  readonly byKey = new Map<string, { readonly id: string; readonly as: Written }>();

  post(key: string, written: Written): Outcome<Made> {
    const known = this.byKey.get(key);
    if (known !== undefined && !isSame(known.as, written)) {
      return { kind: "mismatch" };
    }
    const id = known?.id ?? `${this.made.size + 1}`;
    if (known === undefined) {
      this.byKey.set(key, { id, as: written });
      this.made.set(id, { id, written });
    }
    return { kind: "done", value: this.made.get(id)! };
  }

  patch(id: string, change: Partial<Written>): Outcome<Made> {
    const { written } = this.made.get(id)!;
    const made = { id, written: { ...written, ...change } };
    this.made.set(id, made);
    return { kind: "done", value: made };
  }
}

const fates = ["fine", "answer lost", "lost", "late", "busy", "unheard", "refused"] as const;
type Fate = (typeof fates)[number];

interface Request {
  readonly tab: Tab;
  readonly isPost: boolean;
  readonly run: () => Outcome<Made>;
  readonly answer: (outcome: Outcome<Made>) => void;
}

interface Timer {
  readonly tab: Tab;
  readonly job: () => void;
}

const passing: Passing = { kind: "passing", retryAfterMs: 0, isUnheard: false };

function refusal(): Outcome<Made> {
  const details = { type: "", title: "", status: 403, detail: "", code: "x.y", requestId: "" };
  return { kind: "refused", error: new MaruProblem(details) };
}

function failureOf(fate: Fate, isPost: boolean): Outcome<Made> {
  return fate === "refused" && isPost ? refusal() : { ...passing, isUnheard: fate === "unheard" };
}

interface WorldOptions {
  readonly hasLocks: boolean;
  readonly canChange: boolean;
}

class World {
  readonly server = new Server();
  kept: DraftRecord | null = null;
  requests: Request[] = [];
  timers: Timer[] = [];
  late: (() => unknown)[] = [];
  holder: Tab | null = null;
  keys = 0;
  readonly options: WorldOptions;
  readonly tabs: Tab[];

  constructor(options: WorldOptions) {
    this.options = options;
    this.tabs = [new Tab(this), new Tab(this)];
  }

  /** The first page of a tab goes, the next one finds what is kept. */
  replace(index: number, isOrderly: boolean): void {
    const tab = this.tabs[index]!;
    if (isOrderly) {
      tab.draft.keepNow();
    }
    tab.isDead = true;
    // A change that is overtaken by a later one is beyond what the client can know.
    for (const request of this.requests.filter((one) => one.tab === tab && !one.isPost)) {
      this.meet(request, isOrderly ? "answer lost" : "lost");
    }
    this.timers = this.timers.filter((timer) => timer.tab !== tab);
    this.tabs[index] = new Tab(this);
  }

  /** Without locks, two changes from two tabs may overtake each other. */
  isChanging(besides: number): boolean {
    const others = this.requests.filter(({ tab }) => tab !== this.tabs[besides]);
    return !this.options.hasLocks && others.some(({ isPost }) => !isPost);
  }

  meet(request: Request, fate: Fate): void {
    this.requests = this.requests.filter((other) => other !== request);
    const { tab, run, isPost } = request;
    const hasArrived = fate === "fine" || fate === "answer lost";
    const outcome = hasArrived ? run() : null;
    if (fate === "late" && isPost) {
      this.late.push(run);
    }
    if (!tab.isDead) {
      request.answer(outcome !== null && fate === "fine" ? outcome : failureOf(fate, isPost));
    }
  }

  /** Until nothing is under way, with a network that works. */
  async drain(): Promise<void> {
    for (let rounds = 0; rounds < 200; rounds += 1) {
      this.late.splice(0).forEach((arrive) => arrive());
      this.requests.slice().forEach((request) => this.meet(request, "fine"));
      await settled();
      const { timers } = this;
      this.timers = [];
      timers.forEach(({ job }) => job());
      await settled();
      this.tabs.forEach(({ draft }) => draft.look());
      await settled();
      if (this.requests.length + this.timers.length === 0) {
        return;
      }
    }
    throw new Error("it never comes to rest");
  }
}

class Tab {
  isDead = false;
  readonly draft: Draft<Made>;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    const { canChange } = world.options;
    this.draft = createDraft<Made>({
      sender: {
        idOf: ({ id }) => id,
        post: (key, written) => this.#send(true, () => world.server.post(key, written)),
        ...(canChange
          ? { patch: (id, change) => this.#send(false, () => world.server.patch(id, change)) }
          : {}),
      } satisfies Sender<Made>,
      load: () => world.kept,
      save: (record) => {
        if (!this.isDead) {
          world.kept = record;
        }
      },
      begin: () => ({ written: { text: "", visibility: "public" }, arrived: null }),
      newKey: () => `key-${(world.keys += 1)}`,
      nowMs: () => 0,
      later: (job) => {
        if (this.isDead) {
          return () => undefined;
        }
        const timer = { tab: this, job };
        world.timers.push(timer);
        return () => {
          world.timers = world.timers.filter((other) => other !== timer);
        };
      },
      chance: () => 0.5,
      alone: (job) => this.#alone(job),
    });
  }

  #send(isPost: boolean, run: () => Outcome<Made>): Promise<Outcome<Made>> {
    return new Promise((answer) => {
      this.#world.requests.push({ tab: this, isPost, run, answer });
    });
  }

  async #alone(job: () => Promise<void>): Promise<void> {
    const world = this.#world;
    if (!world.options.hasLocks) {
      await job();
      return;
    }
    while (world.holder !== null && !world.holder.isDead) {
      await settled();
    }
    if (this.isDead) {
      // Nothing runs on in a page that is gone.
      await new Promise(() => undefined);
    }
    world.holder = this;
    await job();
    world.holder = null;
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

const index = fc.nat({ max: 1 });
const op = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("type" as const), tab: index }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("send" as const), tab: index }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("takeBack" as const), tab: index }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("retype" as const), tab: index }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("meet" as const),
      which: fc.nat(),
      fate: fc.constantFrom(...fates),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("time" as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("late" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("reload" as const), tab: index }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("crash" as const), tab: index }) },
);
type Op = typeof op extends fc.Arbitrary<infer T> ? T : never;

const prefixOf = (text: string): string => text.split("/")[0]!;

/** The person: begins a new text when the page is empty, and knows what each was in the end. */
class Person {
  readonly last = new Map<string, string>();
  readonly #before = new Map<string, string>();
  #texts = 0;

  type({ draft }: Tab): void {
    const { text } = draft.state().written;
    this.#texts += 1;
    const prefix = text === "" ? `story ${this.#texts}` : prefixOf(text);
    const next = `${prefix}/${this.#texts}`;
    this.#before.set(prefix, text);
    this.#write(draft, next, this.#texts % 3 === 0 ? "friends" : "public");
  }

  /** Back to what it was before the last change. */
  retype({ draft }: Tab): void {
    const { text, visibility } = draft.state().written;
    const before = this.#before.get(prefixOf(text)) ?? "";
    if (before !== "") {
      this.#write(draft, before, visibility);
    }
  }

  #write(draft: Draft<Made>, text: string, visibility: Written["visibility"]): void {
    this.last.set(prefixOf(text), text);
    draft.write({ text, visibility });
    draft.keepNow();
  }

  /** After a crash the page has what was kept. */
  seeAgain(before: string, after: string): void {
    if (after !== "") {
      this.last.set(prefixOf(after), after);
    } else if (before !== "") {
      this.last.delete(prefixOf(before));
    }
  }
}

async function carryOut(world: World, person: Person, step: Op): Promise<void> {
  if ("tab" in step) {
    // The storage tells a tab of the others before a person has come over.
    world.tabs[step.tab]!.draft.look();
  }
  switch (step.do) {
    case "type":
      person.type(world.tabs[step.tab]!);
      break;
    case "retype":
      // What cannot be changed may be sent twice by somebody who wants to.
      if (world.options.canChange) {
        person.retype(world.tabs[step.tab]!);
      }
      break;
    case "send":
      if (world.tabs[step.tab]!.draft.state().written.text !== "" && !world.isChanging(step.tab)) {
        world.tabs[step.tab]!.draft.send();
      }
      break;
    case "takeBack":
      world.tabs[step.tab]!.draft.takeBack();
      break;
    case "meet": {
      const request = world.requests[step.which % Math.max(1, world.requests.length)];
      if (request !== undefined) {
        world.meet(request, step.fate);
      }
      break;
    }
    case "time": {
      const timer = world.timers[step.which % Math.max(1, world.timers.length)];
      world.timers = world.timers.filter((other) => other !== timer);
      timer?.job();
      break;
    }
    case "late":
      world.late.splice(0).forEach((arrive) => arrive());
      break;
    case "reload":
    case "crash": {
      const before = world.tabs[step.tab]!.draft.state().written.text;
      world.replace(step.tab, step.do === "reload");
      person.seeAgain(before, world.tabs[step.tab]!.draft.state().written.text);
      break;
    }
  }
  await settled();
}

async function live(options: WorldOptions, steps: readonly Op[]) {
  const world = new World(options);
  const person = new Person();
  for (const step of steps) {
    await carryOut(world, person, step);
  }
  await world.drain();
  // What an earlier text kept from being sent is sent now; a refusal is over by then, too.
  for (let times = 0; times < 2 && world.tabs[0]!.draft.state().written.text !== ""; times += 1) {
    world.tabs[0]!.draft.send();
    await world.drain();
  }
  return {
    world,
    texts: [...world.server.made.values()].map(({ written }) => written.text),
    person,
  };
}

const seed = printedSeed("drafts");
const runs = runsOf(300);
const steps = fc.array(op, { minLength: 1, maxLength: 40, size: "max" });

describe("a draft", () => {
  for (const hasLocks of [true, false]) {
    const where = hasLocks ? "with locks between the tabs" : "without locks between the tabs";

    it(`is published once, as it was written last, ${where}`, async () => {
      await fc.assert(
        fc.asyncProperty(steps, async (list) => {
          const { world, texts, person } = await live({ hasLocks, canChange: true }, list);
          expect(texts.toSorted()).toEqual([...person.last.values()].toSorted());
          expect(world.kept).toBeNull();
          for (const { draft } of world.tabs) {
            expect(draft.state()).toMatchObject({ written: { text: "" }, phase: "writing" });
          }
        }),
        { seed, numRuns: runs },
      );
    });

    it(`of what cannot be changed loses no text and repeats none, ${where}`, async () => {
      await fc.assert(
        fc.asyncProperty(steps, async (list) => {
          const { world, texts, person } = await live({ hasLocks, canChange: false }, list);
          expect(new Set(texts).size).toBe(texts.length);
          expect(texts).toEqual(expect.arrayContaining([...person.last.values()]));
          expect(world.kept).toBeNull();
        }),
        { seed, numRuns: runs },
      );
    });
  }
});
