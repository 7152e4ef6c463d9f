import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Item, Person } from "../../test/support/api-client.ts";
import { openDemoWorld, type DemoWorld } from "../../test/support/demo-world.ts";
import { openWorkbench } from "../compose-workbench.ts";
import { internalContext } from "../kernel/context.ts";
import { readSample, type Member } from "./members.ts";

const { members, answers } = await readSample();
const living = members.filter(({ signsIn }) => !signsIn);
const patience = { timeout: 60_000, interval: 500 };
const storiesMax = 13;

let world: DemoWorld;
let visitor: Person;

beforeAll(async () => {
  world = await openDemoWorld(storiesMax);
  visitor = await world.signIn("maru_en");
});
afterAll(() => world.stop());

/** Somebody looks at the feed until the function is called. */
async function look(person: Person): Promise<() => void> {
  const looking = new AbortController();
  const response = await fetch(`${world.api.url}/v1/feed/live`, {
    headers: { authorization: `Bearer ${person.token}` },
    signal: looking.signal,
  });
  expect(response.status).toBe(200);
  // A stream that nobody reads may be taken for one that nobody wants.
  response.text().catch(() => undefined);
  return () => {
    looking.abort();
  };
}

async function everybodysStories(): Promise<readonly Item[]> {
  const lists = living.map(async ({ handle }) => {
    const { body } = await visitor.get(`/v1/accounts/@${handle}`);
    return visitor.walk(`/v1/accounts/${body.account.id}/stories`);
  });
  return (await Promise.all(lists)).flat();
}

const variantsOf = (member: Member): readonly string[] =>
  member.lively.flatMap(({ variants }) => variants);

async function idOf(handle: string): Promise<string> {
  return (await visitor.get(`/v1/accounts/@${handle}`)).body.account.id;
}

describe("the sample community while it runs", () => {
  it("publishes, comments, likes and reshares, each as itself and nothing twice", async () => {
    const before = await everybodysStories();
    const known = new Map(before.map(({ id, counts }) => [id, counts] as const));
    /** How many came to the stories that are there: the oldest may have gone, with theirs. */
    const gained = (now: readonly Item[], what: "likes" | "comments" | "reshares"): number =>
      now.reduce((sum, { id, counts }) => sum + counts[what] - (known.get(id)?.[what] ?? 0), 0);
    const lookAway = await look(visitor);
    world.run();
    await vi.waitFor(async () => {
      const now = await everybodysStories();
      expect(now.filter(({ id }) => !known.has(id)).length).toBeGreaterThan(25);
      expect(gained(now, "comments")).toBeGreaterThan(8);
      expect(gained(now, "likes")).toBeGreaterThan(10);
      expect(gained(now, "reshares")).toBeGreaterThan(0);
    }, patience);
    lookAway();
    const fresh = (await everybodysStories()).filter(({ id }) => !known.has(id));
    for (const { author, text } of fresh) {
      const member = living.find(({ handle }) => handle === author.handle)!;
      expect(variantsOf(member)).toContain(text);
    }
    const texts = fresh.map(({ text }) => text);
    expect(new Set(texts).size).toBe(texts.length);
    expect(new Set(fresh.map(({ lang }) => lang))).toEqual(new Set(["ko", "ja", "en"]));
  });

  it("keeps no more of each member's stories than it may, the newest", async () => {
    const stories = await everybodysStories();
    for (const { handle, past } of living) {
      const own = stories.filter(({ author }) => author.handle === handle);
      // The newest may just have come, and the oldest be about to go.
      expect(own.length).toBeLessThanOrEqual(storiesMax + 1);
      const fresh = own.filter(({ text }) => past.every((story) => story.text !== text));
      if (fresh.length > storiesMax - past.length + 1) {
        expect(own.map(({ text }) => text)).not.toContain(past[0]!.text);
      }
    }
    const gone = living.filter(({ handle, past }) =>
      stories.every(({ author, text }) => author.handle !== handle || text !== past[0]!.text),
    );
    expect(gone.length).toBeGreaterThan(0);
    expect(stories.length).toBeGreaterThan(living.length * 10);
  });

  it("writes under a story what belongs there", async () => {
    world.run();
    const talked = await vi.waitFor(async () => {
      const stories = await everybodysStories();
      const found = stories.find(
        ({ author, text, counts }) =>
          counts.comments > 0 &&
          living.some((m) => m.handle === author.handle && variantsOf(m).includes(text)),
      );
      expect(found).toBeDefined();
      return found!;
    }, patience);
    const phrase = living
      .flatMap(({ lively }) => lively)
      .find(({ variants }) => variants.includes(talked.text))!;
    const comments = await visitor.walk(`/v1/stories/${talked.id}/comments`);
    expect(comments.map(({ author, text }) => [author.handle, text])).toEqual(
      phrase.comments.slice(0, comments.length).map(({ by, text }) => [by, text]),
    );
  });

  it("never acts for those whom a visitor may be", async () => {
    const { body } = await visitor.get("/v1/accounts/me");
    expect(body.account.counts.stories).toBe(4);
    const asked = await visitor.walk("/v1/friends/requests?direction=received");
    expect(asked).toHaveLength(3);
  });
});

describe("a visitor of the sample community", () => {
  it("is answered by whom they commented on, in their language", async () => {
    world.run();
    const bakery = await idOf("golmok_bakery");
    const [newest] = await visitor.walk(`/v1/accounts/${bakery}/stories`);
    const comment = await visitor.comment(newest!.id, "Is there any left?");
    const reply = await vi.waitFor(async () => {
      const comments = await visitor.walk(`/v1/stories/${newest!.id}/comments`);
      const found = comments.find(({ parentId }) => parentId === comment.id);
      expect(found).toBeDefined();
      return found!;
    }, patience);
    expect(reply.author.handle).toBe("golmok_bakery");
    expect(answers.en.toQuestions).toContain(reply.text);

    const thanks = await visitor.comment(newest!.id, "I see.", reply.id);
    await vi.waitFor(async () => {
      const comments = await visitor.walk(`/v1/stories/${newest!.id}/comments`);
      const found = comments.find(({ parentId }) => parentId === thanks.id);
      expect(found?.author.handle).toBe("golmok_bakery");
      expect(answers.en.toComments).toContain(found?.text);
    }, patience);
  });

  it("finds likes and a remark under what they publish, for friends from friends alone", async () => {
    world.run();
    const forAll = await visitor.publish("A first story of mine.");
    const forFriends = await visitor.publish("Among us.", { visibility: "friends" });
    const mine = await visitor.publish("Dear diary.", { visibility: "self" });
    const friends = await visitor.walk("/v1/friends");
    await vi.waitFor(async () => {
      for (const { id } of [forAll, forFriends]) {
        const { body } = await visitor.get(`/v1/stories/${id}`);
        expect(body.story.counts).toMatchObject({ likes: expect.any(Number), comments: 1 });
        expect(body.story.counts.likes).toBeGreaterThanOrEqual(3);
      }
    }, patience);
    const likers = await visitor.walk(`/v1/stories/${forFriends.id}/likes`);
    const known = friends.map(({ handle }) => handle);
    expect(likers.filter(({ handle }) => !known.includes(handle))).toEqual([]);
    const [remark] = await visitor.walk(`/v1/stories/${forAll.id}/comments`);
    expect(answers.en.toStories).toContain(remark!.text);
    const { body } = await visitor.get(`/v1/stories/${mine.id}`);
    expect(body.story.counts).toEqual({ likes: 0, comments: 0, reshares: 0 });
  });

  it("who signs up is asked by members of their language, and answered by whom they ask", async () => {
    world.run();
    const newcomer = await world.api.signUp("newcomer", { locale: "ja" });
    await newcomer.publish("はじめまして。");
    const dog = await idOf("shiba_mugi");
    await newcomer.put(`/v1/friends/${dog}`);
    await vi.waitFor(async () => {
      const asked = await newcomer.walk("/v1/friends/requests?direction=received");
      expect(asked.length).toBeGreaterThanOrEqual(1);
      for (const { handle } of asked) {
        expect(living.find((member) => member.handle === handle)?.locale).toBe("ja");
      }
      const friends = await newcomer.walk("/v1/friends");
      expect(friends.map(({ handle }) => handle)).toEqual(["shiba_mugi"]);
    }, patience);
  });

  it("who has taken a request back is not asked in turn", async () => {
    const shy = await world.api.signUp("shy", { locale: "ko" });
    const cat = await idOf("dosogwan_nabi");
    await shy.put(`/v1/friends/${cat}`);
    await shy.delete(`/v1/friends/${cat}`);
    world.run();
    // Whoever comes later has been answered, so the earlier one would have been.
    const later = await world.api.signUp("later", { locale: "ko" });
    await later.put(`/v1/friends/${cat}`);
    await vi.waitFor(async () => {
      expect(await later.walk("/v1/friends")).toHaveLength(1);
    }, patience);
    const { body } = await shy.get(`/v1/accounts/${cat}`);
    expect(["none", "received"]).toContain(body.relationship["friend"]);
    expect(await shy.walk("/v1/friends")).toEqual([]);
  });

  it("gets an answer that was due while the server was away", async () => {
    const patient = await world.api.signUp("patient");
    await world.restart();
    const goose = await idOfAnyone("mill_pond_goose");
    const again = await signInAgain(patient);
    await again.put(`/v1/friends/${goose}`);
    await world.restart();
    world.run();
    const back = await signInAgain(patient);
    await vi.waitFor(async () => {
      expect((await back.walk("/v1/friends")).map(({ handle }) => handle)).toContain(
        "mill_pond_goose",
      );
    }, patience);
  });
});

async function idOfAnyone(handle: string): Promise<string> {
  return (await world.api.send("GET", `/v1/accounts/@${handle}`)).body.account.id;
}

async function signInAgain(person: Person): Promise<Person> {
  const { handle, password } = person;
  const reply = await world.api.send("POST", "/v1/sessions", { body: { handle, password } });
  return world.api.withToken(person, reply.body.token);
}

describe("the members", () => {
  it("leave no sessions behind when the server ends in order", async () => {
    const context = internalContext("test");
    let token = "";
    await world.restart(async () => {
      const bench = await openWorkbench(world.config);
      const account = await bench.accounts.resolve(context, "@golmok_bakery");
      token = (await bench.accounts.mintToken(context, account!.id)) ?? "";
      await bench.close();
    });
    const bakery = world.api.withToken(visitor, token);
    // The one that was just minted, and the one that the bakery acts with now.
    expect(await bakery.walk("/v1/sessions")).toHaveLength(2);
  });
});
