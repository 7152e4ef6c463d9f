import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import type { TestNode } from "../../../test/support/log.ts";
import { printedSeed, runsOf } from "../../../test/support/seed.ts";
import {
  countingOutcomes,
  holding,
  note,
  workBench,
  workContext,
  type HeldWork,
} from "../../../test/support/work.ts";

const bench = workBench();
afterEach(() => bench.closeAll());

const attemptsMax = 3;
/** More than there are events, so that whatever is due is begun. */
const atOnceMax = 1_000;
const holders = ["a", "b"] as const;
type Holder = (typeof holders)[number];

/** What is known of an event's work without looking at the list. */
interface Thing {
  attempts: number;
  state: "running" | "done" | "dead";
  /** Works that were begun, and in the end overtaken. */
  readonly begun: (HeldWork & { readonly holder: Holder; isOver: boolean })[];
  begins: number;
}

const kinds = ["write", "succeed", "fail", "overtake", "late", "restart", "redrive"] as const;
interface Step {
  readonly kind: (typeof kinds)[number];
  readonly what: number;
}
const stepArbitrary: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom(...kinds, "write", "fail", "overtake"),
  what: fc.nat({ max: 1_000 }),
});

class World {
  private readonly nodes = new Map<Holder, TestNode>();
  private readonly things: Thing[] = [];
  private readonly outcomes = countingOutcomes();
  private readonly expected = { done: 0, failed: 0, dead: 0, let_go: 0, lost: 0 };
  private readonly holding = holding({
    attemptsMax,
    atOnceMax,
    gaveUp: (_context, event, tx) => note(tx, "gave up", event),
  });
  private gaveUps = 0;

  async open(holder: Holder): Promise<void> {
    const { metrics } = this.outcomes;
    const options = { holder, metrics, workBackOff: { firstMs: 1, maxMs: 2 } };
    this.nodes.set(holder, await bench.open([this.holding.worker], options));
  }

  async step({ kind, what }: Step): Promise<void> {
    const running = this.things.filter(({ state }) => state === "running");
    const thing = running[what % running.length];
    const work = thing?.begun.at(-1);
    if (kind === "write") {
      const node = this.nodes.get(holders[what % holders.length]!)!;
      this.things.push({ attempts: 1, state: "running", begun: [], begins: 1 });
      await bench.write(node, this.things.length - 1);
    } else if (kind === "restart") {
      await this.restart(holders[what % holders.length]!);
    } else if (kind === "redrive") {
      await this.redrive();
    } else if (kind === "late") {
      this.endLate(what);
    } else if (thing !== undefined && work !== undefined) {
      if (kind === "succeed") {
        work.isOver = true;
        work.succeed();
        thing.state = "done";
        this.expected.done += 1;
      } else if (kind === "fail") {
        work.isOver = true;
        work.fail(new Error("failed"));
        this.spend(thing, "failed");
      } else {
        const n = this.things.indexOf(thing);
        await bench.sql`UPDATE log.work SET due_at = clock_timestamp() WHERE (event->'data'->>'n')::int = ${n}`;
        this.spend(thing, null);
      }
    }
    await this.settled();
  }

  /** An attempt is over without success: the next one begins, or there is none. */
  private spend(thing: Thing, outcome: "failed" | null): void {
    if (thing.attempts === attemptsMax) {
      thing.state = "dead";
      this.expected.dead += 1;
      this.gaveUps += 1;
      return;
    }
    thing.attempts += 1;
    thing.begins += 1;
    if (outcome !== null) {
      this.expected[outcome] += 1;
    }
  }

  /** Whoever was overtaken comes to an end, well or badly. */
  private endLate(what: number): void {
    const late = this.things.flatMap(({ begun, state }) =>
      begun.filter((work, n) => !work.isOver && (state !== "running" || n < begun.length - 1)),
    );
    const work = late[what % late.length];
    if (work !== undefined) {
      work.isOver = true;
      if (what % 2 === 0) {
        work.succeed();
      } else {
        work.fail(new Error("failed late"));
      }
      this.expected.lost += 1;
    }
  }

  private async restart(holder: Holder): Promise<void> {
    for (const thing of this.things) {
      for (const work of thing.begun.filter((one) => one.holder === holder && !one.isOver)) {
        work.isOver = true;
        if (thing.state === "running" && work === thing.begun.at(-1)) {
          thing.begins += 1;
          this.expected.let_go += 1;
        } else {
          this.expected.lost += 1;
        }
      }
    }
    await bench.close(this.nodes.get(holder)!);
    await this.open(holder);
  }

  private async redrive(): Promise<void> {
    for (const thing of this.things.filter(({ state }) => state === "dead")) {
      Object.assign(thing, { state: "running", attempts: 1, begins: thing.begins + 1 });
    }
    await this.nodes.get("a")!.log.deadLetters.redrive(workContext, {});
  }

  /** Waits until the record and the nodes are as the model, and learns who works on what. */
  private async settled(): Promise<void> {
    await expect.poll(() => this.observed()).toEqual(this.modelled());
    const rows = await bench.sql<{ n: number; holder: Holder }[]>`
      SELECT (event->'data'->>'n')::int AS n, holder FROM log.work`;
    for (const { n, holder } of rows) {
      const thing = this.things[n]!;
      if (thing.begun.length < thing.begins) {
        thing.begun.push({ ...this.holding.of(n)!, holder, isOver: false });
      }
    }
  }

  private async observed(): Promise<object> {
    const entries = await bench.sql<{ n: number; attempts: number; held: boolean }[]>`
      SELECT (event->'data'->>'n')::int AS n, attempts, lease IS NOT NULL AS held FROM log.work ORDER BY n`;
    const letters = await bench.sql<{ n: number; attempts: number }[]>`
      SELECT (event->'data'->>'n')::int AS n, attempts FROM log.dead_letters ORDER BY n`;
    const begins = this.things.map((_, n) => this.holding.held.filter((one) => one.n === n).length);
    return {
      entries: [...entries],
      letters: [...letters],
      begins,
      effects: await bench.effects(),
      gaveUps: (await bench.effects("gave up")).length,
      outcomes: { ...this.expectedNothing(), ...this.outcomes.counts },
    };
  }

  private modelled(): object {
    const numbered = this.things.map((thing, n) => ({ ...thing, n }));
    const of = (state: Thing["state"]): typeof numbered =>
      numbered.filter((thing) => thing.state === state);
    return {
      entries: of("running").map(({ n, attempts }) => ({ n, attempts, held: true })),
      letters: of("dead").map(({ n }) => ({ n, attempts: attemptsMax })),
      begins: this.things.map(({ begins }) => begins),
      effects: of("done").map(({ n }) => n),
      gaveUps: this.gaveUps,
      outcomes: this.expected,
    };
  }

  private expectedNothing(): Record<string, number> {
    return Object.fromEntries(Object.keys(this.expected).map((outcome) => [outcome, 0]));
  }
}

test("two nodes come to the same as a simple model, whatever happens to them in whatever order", async () => {
  const seed = printedSeed("work of two nodes");
  const property = fc.asyncProperty(
    fc.array(stepArbitrary, { minLength: 15, maxLength: 40 }),
    async (steps) => {
      const world = new World();
      await world.open("a");
      await world.open("b");
      for (const step of steps) {
        await world.step(step);
      }
      await bench.closeAll();
      await bench.sql`TRUNCATE log.work, log.dead_letters, things.effects`;
    },
  );
  await fc.assert(property, { seed, numRuns: runsOf(6), endOnFailure: true });
});
