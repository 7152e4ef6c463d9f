import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  MediaModel,
  type ModelStory,
  type ToldAddress,
  type Visibility,
} from "../../../test/support/media-model.ts";
import { openMediaWorld, type MediaWorld } from "../../../test/support/media-world.ts";
import { printedSeed, runsOf } from "../../../test/support/seed.ts";
import type { Id } from "../../kernel/id.ts";
import type { MediaJson } from "./contract.ts";

/**
 * Random changes of stories and avatars over a few photos against a plain model: at each step exactly those
 * addresses answer that the model allows, of all that were ever told.
 */

const itemsCount = 3;
const commandsMax = 25;
const dayS = 24 * 3_600;
const signedAtLeastS = 18 * 3_600;
const passes = [30_000, 90_000, 3 * 60_000, 7 * 3_600_000, 25 * 3_600_000] as const;
/** More than what nobody shows any more is left alone for. */
const sweepAfterMs = 150_000;
const visibilities: readonly Visibility[] = ["public", "friends", "self"];
const kinds = [
  ...["publish", "publish", "edit", "edit", "edit", "delete", "delete", "restore", "restore"],
  ...["avatar", "avatar", "noAvatar", "describe", "pass", "sweep", "sweep", "late"],
] as const;

interface Command {
  readonly kind: (typeof kinds)[number];
  readonly what: number;
  readonly which: readonly number[];
}

const commandArbitrary: fc.Arbitrary<Command> = fc.record({
  kind: fc.constantFrom(...kinds),
  what: fc.nat({ max: 1000 }),
  which: fc.uniqueArray(fc.nat({ max: itemsCount - 1 }), { minLength: 1, maxLength: itemsCount }),
});

let world: MediaWorld;
beforeAll(async () => {
  world = await openMediaWorld();
});
afterAll(() => world.close());

class Run {
  readonly anna: Id = world.test.ids.mint();
  readonly model = new MediaModel(itemsCount, world.nowMs());
  readonly told: ToldAddress[] = [];
  ids: readonly string[] = [];
  #accountVersion = 1;

  async begin(): Promise<void> {
    const ids: string[] = [];
    for (let n = 0; n < itemsCount; n += 1) {
      ids.push((await world.uploaded(this.anna, `photo ${String(n)}`)).id);
    }
    this.ids = ids;
    await world.consume();
  }

  async #tellStory(what: string, story: ModelStory, version = story.version): Promise<void> {
    const { id, items, visibility, isDeleted } = story;
    await world.tell(`stories.${what}.v1`, id, version, {
      storyId: String(id),
      authorId: String(this.anna),
      version,
      visibility,
      status: isDeleted ? "deleted" : "live",
      mediaIds: items.map((item) => this.ids[item] ?? ""),
    });
    await world.consume();
  }

  async #tellAvatar(item: number | null): Promise<void> {
    this.#accountVersion += 1;
    const former = this.model.avatar;
    this.model.avatar = item;
    await world.tell("accounts.updated.v1", this.anna, this.#accountVersion, {
      accountId: String(this.anna),
      version: this.#accountVersion,
      avatarId: item === null ? null : (this.ids[item] ?? ""),
    });
    await world.consume();
    this.model.settle(
      [former, item].filter((at) => at !== null),
      world.nowMs(),
    );
  }

  async #change(
    what: string,
    story: ModelStory | undefined,
    change: Partial<ModelStory>,
  ): Promise<void> {
    if (story === undefined) return;
    Object.assign(story, change, { version: story.version + 1 });
    await this.#tellStory(what, story);
    this.model.settle(story.items, world.nowMs());
  }

  async do({ kind, what, which }: Command): Promise<void> {
    const { model } = this;
    const nowMs = world.nowMs();
    const usable = which.filter((item) => model.usable(item, nowMs));
    const live = model.stories.filter(({ isDeleted }) => !isDeleted);
    const deleted = model.stories.filter(({ isDeleted }) => isDeleted);
    const visibility = visibilities[what % visibilities.length] ?? "public";
    switch (kind) {
      case "publish": {
        if (usable.length === 0) return;
        const id = world.test.ids.mint();
        const story: ModelStory = { id, items: usable, visibility, isDeleted: false, version: 1 };
        model.stories.push(story);
        await this.#tellStory("published", story);
        model.settle(usable, nowMs);
        return;
      }
      case "edit":
        return this.#change("edited", live[what % live.length], { visibility });
      case "delete":
        return this.#change("deleted", live[what % live.length], { isDeleted: true });
      case "restore":
        return this.#change("restored", deleted[what % deleted.length], { isDeleted: false });
      case "avatar":
        return usable[0] === undefined ? undefined : this.#tellAvatar(usable[0]);
      case "noAvatar":
        return this.#tellAvatar(null);
      case "describe": {
        const body = { alt: `words ${String(what)}` };
        await world.ask("describeMedia", {
          as: this.anna,
          id: this.ids[which[0] ?? 0] ?? "",
          body,
        });
        await world.consume();
        return;
      }
      case "pass":
        world.pass(passes[what % passes.length] ?? 0);
        return;
      case "sweep":
        world.pass(sweepAfterMs);
        await world.sweep();
        model.sweep(world.nowMs());
        return;
      case "late": {
        // A fact of before comes once more, and says what is not so any more.
        const story = model.stories[what % model.stories.length];
        if (story === undefined || story.version === 1) return;
        const version = 1 + ((which[0] ?? 0) % (story.version - 1));
        const type = version === 1 ? "published" : "edited";
        await this.#tellStory(type, { ...story, visibility, isDeleted: false }, version);
        return;
      }
    }
  }

  /** Remembers every address that is told now. */
  async listen(): Promise<void> {
    const nowS = world.nowMs() / 1_000;
    for (const [item, id] of this.ids.entries()) {
      const { status, body } = await world.ask("getMedia", { as: this.anna, id });
      expect(status).toBe(this.model.items[item]?.isGone === true ? 404 : 200);
      const url = status === 200 ? (body as { media: MediaJson }).media.url : null;
      if (url !== null && !this.told.some((one) => one.url === url)) {
        const one = this.model.tell(url, item);
        expect(one.endS === null).toBe(this.model.items[item]?.audience === 3);
        if (one.endS !== null) {
          expect(one.endS - nowS).toBeLessThanOrEqual(dayS);
          expect(one.endS - nowS).toBeGreaterThanOrEqual(signedAtLeastS - 1);
          // Who leaves the signature away.
          this.told.push({ ...one, url: url.replace(/\?.*/, ""), endS: null });
        }
        this.told.push(one);
      }
    }
  }

  async look(): Promise<void> {
    const readable: string[] = [];
    for (const { url } of this.told) {
      const { status } = await world.read(url);
      expect([200, 404]).toContain(status);
      if (status === 200) readable.push(url);
    }
    const allowed = this.told.filter((one) => this.model.mayRead(one, world.nowMs()));
    expect(readable).toEqual(allowed.map(({ url }) => url));
  }
}

const seed = printedSeed("who may read which address");

it("of all addresses that were ever told exactly those answer that may be read now", async () => {
  const property = fc.asyncProperty(
    fc.array(commandArbitrary, { maxLength: commandsMax, size: "max" }),
    async (commands) => {
      const run = new Run();
      await run.begin();
      await run.listen();
      for (const command of commands) {
        await run.do(command);
        await run.listen();
        await run.look();
      }
    },
  );
  await fc.assert(property, { seed, numRuns: runsOf(25), endOnFailure: true });
});
