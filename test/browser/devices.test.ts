import type { BrowserContext, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { Person, Story } from "../support/api-client.ts";
import { hasBrowser } from "./support/browser.ts";
import { cardOf, idsIn, idsToTheEnd } from "./support/cards.ts";
import { answerTo, streamsOf } from "./support/network.ts";
import { promptly } from "./support/promptly.ts";
import { startedSite, type Site } from "./support/site.ts";
import { wordsOf } from "./support/words.ts";
import { answeringOn, chooseFrom, openChange, openWriting } from "./support/writing.ts";

const words = wordsOf("en");

/** A person on two devices, with two tabs on the first; and a friend, who has written something. */
interface Household {
  readonly me: Person;
  readonly friend: Person;
  readonly story: Story;
  readonly tab: Page;
  readonly otherTab: Page;
  readonly otherDevice: Page;
}

async function household(site: Site, name: string): Promise<Household> {
  const [me, friend] = await site.api.people(name, `${name}_friend`);
  await me.befriend(friend);
  const story = await friend.publish(`${name} was here`);
  const [first, second] = [
    await site.deviceOf(me),
    await site.deviceOf(await anotherSession(site, me), { viewport: "phone" }),
  ];
  const pages = [await first.open(), await first.open(), await second.open()] as const;
  for (const page of pages) {
    await cardOf(page, story.id).waitFor();
  }
  await expect.poll(() => streamsOf(site.node)).toBe(2);
  const [tab, otherTab, otherDevice] = pages;
  return { me, friend, story, tab, otherTab, otherDevice };
}

/** As signing in on another device gives it. */
async function anotherSession({ api }: Site, { handle, password, ...person }: Person) {
  const body = { handle, password };
  const { token } = (await api.send("POST", "/v1/sessions", { body })).body;
  return api.withToken({ handle, password, ...person }, token);
}

/** On every other tab and device at once. */
async function promptlyOnOthers(
  home: Household,
  what: string,
  look: (page: Page) => Promise<unknown>,
  wanted: unknown = true,
): Promise<void> {
  await Promise.all([
    promptly(`${what}, in another tab`, () => look(home.otherTab), wanted),
    promptly(`${what}, on another device`, () => look(home.otherDevice), wanted),
  ]);
}

const likeOf = (page: Page, { id }: Story, count: number) =>
  cardOf(page, id).getByRole("button", { name: words("story.like", { count }), exact: true });
const reshareOf = (page: Page, { id }: Story, count: number) =>
  cardOf(page, id).getByRole("button", { name: words("story.reshare", { count }), exact: true });

describe.skipIf(!hasBrowser)("what one does in one place is seen in the others", () => {
  const site = startedSite();

  it("a like, and its end", async () => {
    const home = await household(site, "liker");
    const { tab, story } = home;
    await answerTo(tab, "PUT /v1/stories/*/like", () => likeOf(tab, story, 0).click());
    const pressed = (count: number) => (page: Page) =>
      likeOf(page, story, count)
        .getAttribute("aria-pressed", { timeout: 100 })
        .catch(() => null);
    await promptlyOnOthers(home, "a like", pressed(1), "true");
    await answerTo(tab, "DELETE /v1/stories/*/like", () => likeOf(tab, story, 1).click());
    await promptlyOnOthers(home, "the end of a like", pressed(0), "false");
  });

  it("a reshare", async () => {
    const home = await household(site, "resharer");
    const { tab, story } = home;
    await answerTo(tab, "PUT /v1/stories/*/reshare", () => reshareOf(tab, story, 0).click());
    const pressed = (page: Page) =>
      reshareOf(page, story, 1)
        .getAttribute("aria-pressed", { timeout: 100 })
        .catch(() => null);
    await promptlyOnOthers(home, "a reshare", pressed, "true");
  });
});

describe.skipIf(!hasBrowser)("what one writes and changes is seen in the other places", () => {
  const site = startedSite();

  it("a new story, its change, its deletion, and that it is brought back", async () => {
    const home = await household(site, "writer");
    const { me, tab } = home;
    const writing = await openWriting(tab, words);
    await writing.text.fill("First version");
    const published = await answerTo(tab, "POST /v1/stories", () => writing.send.click());
    const { story } = (await published.json()) as { story: Story };
    const textOn = (page: Page) =>
      cardOf(page, story.id)
        .getByText(/version$/)
        .textContent({ timeout: 100 })
        .catch(() => null);
    await promptlyOnOthers(home, "a new story", textOn, "First version");

    const card = cardOf(tab, story.id);
    const change = await openChange(card, words, me.handle);
    await change.text.fill("Second version");
    await answerTo(tab, "PATCH /v1/stories/*", () => change.send.click());
    await promptlyOnOthers(home, "a change", textOn, "Second version");

    const place = (await idsIn(home.otherTab)).indexOf(story.id);
    await answerTo(tab, "DELETE /v1/stories/*", () =>
      chooseFrom(card, words("story.more", { name: me.handle }), words("story.remove")),
    );
    await promptlyOnOthers(home, "a deletion", (page) => cardOf(page, story.id).count(), 0);
    const undo = tab.getByRole("button", { name: words("app.undo"), exact: true });
    await answerTo(tab, "POST /v1/stories/*/restore", () => undo.click());
    await promptlyOnOthers(home, "what was undone", textOn, "Second version");
    expect((await idsIn(home.otherTab)).indexOf(story.id)).toBe(place);
    expect((await idsIn(tab)).indexOf(story.id)).toBe(place);
  });

  it("a comment, on an open page of its story", async () => {
    const home = await household(site, "talker");
    const { tab, otherTab, otherDevice, story } = home;
    for (const page of [tab, otherTab, otherDevice]) {
      await page.goto(`/stories/${story.id}`);
      await page.getByText(words("comments.empty"), { exact: true }).waitFor();
    }
    const answering = answeringOn(tab, words);
    await answering.text.fill("A word about it");
    await answerTo(tab, "POST /v1/stories/*/comments", () => answering.send.click());
    await promptlyOnOthers(home, "a comment", (page) =>
      page
        .getByRole("list", { name: words("comments.list") })
        .getByText("A word about it", { exact: true })
        .isVisible(),
    );
  });

  it("a new name, and another language", async () => {
    const home = await household(site, "renamed");
    const { me, tab } = home;
    const own = await me.publish("By me");
    for (const page of [tab, home.otherTab, home.otherDevice]) {
      await cardOf(page, own.id).waitFor();
    }
    await tab.goto("/settings/profile");
    await tab.getByLabel(words("settings.profile.name"), { exact: true }).fill("Newly named");
    const save = tab.getByRole("button", { name: words("settings.profile.save"), exact: true });
    await answerTo(tab, "PATCH /v1/accounts/me", () => save.click());
    await promptlyOnOthers(home, "a new name, at one's stories", (page) =>
      cardOf(page, own.id).getByText("Newly named", { exact: true }).isVisible(),
    );
    await tab.goto("/settings/language");
    await answerTo(tab, "PATCH /v1/accounts/me", () =>
      tab.getByRole("radio", { name: "한국어" }).click(),
    );
    const korean = wordsOf("ko");
    await promptlyOnOthers(home, "another language", (page) =>
      page.getByRole("heading", { name: korean("feed.title"), level: 1 }).isVisible(),
    );
    expect(await home.otherDevice.locator("html").getAttribute("lang")).toBe("ko");
  });
});

/** What somebody's page says of the two, beside what can be done. */
const noteOf = (page: Page, state: string) =>
  page.getByRole("main").getByText(words(`people.state.${state}`), { exact: true });
const offerOf = (page: Page, action: string) =>
  page.getByRole("button", { name: words(`people.action.${action}`), exact: true });

describe.skipIf(!hasBrowser)("how two people stand to each other is seen by both at once", () => {
  const site = startedSite();

  /** Two who do not know each other, each with a page of the other and a feed open. */
  async function strangersOf(name: string) {
    const [one, other] = await site.api.people(`${name}_one`, `${name}_other`);
    const story = await one.publish("For everyone");
    const mine = await site.deviceOf(one);
    const phone = await site.deviceOf(await anotherSession(site, one), { viewport: "phone" });
    const theirs = await site.deviceOf(other);
    const pages = {
      mine: await mine.open(`/@${other.handle}`),
      phone: await phone.open(`/@${other.handle}`),
      theirs: await theirs.open(`/@${one.handle}`),
      theirFeed: await theirs.open("/"),
    };
    for (const page of [pages.mine, pages.phone, pages.theirs]) {
      await offerOf(page, "befriend").waitFor();
    }
    await expect.poll(() => streamsOf(site.node)).toBe(3);
    return { one, other, story, ...pages };
  }

  it("a request, and that it is accepted", async () => {
    const { other, story, mine, phone, theirs, theirFeed } = await strangersOf("asks");
    await answerTo(mine, "PUT /v1/friends/*", () => offerOf(mine, "befriend").click());
    await Promise.all([
      promptly("a request, on another device", () => noteOf(phone, "requested").isVisible()),
      promptly("a request, on the page of whom is asked", () =>
        offerOf(theirs, "accept").isVisible(),
      ),
      promptly("a request, in the menu of whom is asked", () =>
        theirFeed
          .getByRole("link", { name: words("app.nav.waiting", { count: 1 }).trim() })
          .isVisible(),
      ),
    ]);
    await answerTo(theirs, "PUT /v1/friends/*", () => offerOf(theirs, "accept").click());
    await Promise.all([
      promptly("an answer, to who asked", () => noteOf(mine, "friends").isVisible()),
      promptly("an answer, on the asker's other device", () =>
        noteOf(phone, "friends").isVisible(),
      ),
      promptly("a new friend's stories, in the feed", () =>
        cardOf(theirFeed, story.id).isVisible(),
      ),
    ]);
    expect((await other.get("/v1/friends")).body.items).toHaveLength(1);
  });

  it("a request, and that it is declined", async () => {
    const { mine, phone, theirs } = await strangersOf("declines");
    await answerTo(mine, "PUT /v1/friends/*", () => offerOf(mine, "befriend").click());
    await offerOf(theirs, "decline").waitFor();
    await answerTo(theirs, "DELETE /v1/friends/*", () => offerOf(theirs, "decline").click());
    await Promise.all([
      promptly("a declined request, to who asked", () => offerOf(mine, "befriend").isVisible()),
      promptly("the same on the other device", () => offerOf(phone, "befriend").isVisible()),
    ]);
  });

  it("a block, which takes each out of the other's sight", async () => {
    const home = await household(site, "blocker");
    const { me, friend, story, tab } = home;
    const own = await me.publish("Not for everyone any more");
    const theirFeed = await (await site.deviceOf(friend)).open("/");
    await cardOf(theirFeed, own.id).waitFor();
    await tab.goto(`/@${friend.handle}`);
    await tab
      .getByRole("button", { name: words("people.more", { name: friend.handle }), exact: true })
      .click();
    await tab.getByRole("menuitem", { name: words("people.action.block") }).click();
    const sure = tab
      .getByRole("dialog")
      .getByRole("button", { name: words("people.action.block") });
    await answerTo(tab, "PUT /v1/blocks/*", () => sure.click());
    await Promise.all([
      promptlyOnOthers(home, "a block", (page) => cardOf(page, story.id).count(), 0),
      promptly("a block, to whom is blocked", () => cardOf(theirFeed, own.id).count(), 0),
      promptly("a block, where it was pressed", () => noteOf(tab, "blocked").isVisible()),
    ]);
  });
});

describe.skipIf(!hasBrowser)("the live connection", () => {
  const site = startedSite();

  const floodMin = 20;

  async function open(context: BrowserContext, count: number): Promise<readonly Page[]> {
    const pages = await Promise.all(Array.from({ length: count }, () => context.newPage()));
    for (const page of pages) {
      await page.goto("/");
      await page.locator("article[data-story]").first().waitFor();
    }
    return pages;
  }

  it("is one for all tabs of a browser, and another tab takes it over without a gap", async () => {
    const [reader, friend] = await site.api.people("tabs", "tabs_friend");
    await reader.befriend(friend);
    await friend.publish("before");
    const { context } = await site.deviceOf(reader);
    let tabs = await open(context, 4);
    await expect.poll(() => streamsOf(site.node)).toBe(1);

    // Whoever has it is among these: all go but the last, while stories come.
    const isOver = () => tabs.length === 1;
    const flood = (async () => {
      for (let at = 0; at < floodMin || !isOver(); at += 1) {
        await friend.publish(`meanwhile ${String(at)}`);
      }
    })();
    while (tabs.length > 1) {
      const [first, ...rest] = tabs;
      await first!.close();
      tabs = rest;
      await expect.poll(() => streamsOf(site.node)).toBe(1);
    }
    await flood;
    const last = await friend.publish("last");
    const [page] = tabs;
    const whole = (await reader.walk("/v1/feed")).map(({ story }) => story.id);
    expect(whole[0]).toBe(last.id);
    await cardOf(page!, last.id).waitFor();
    expect(await idsToTheEnd(page!)).toEqual(whole);
    console.log(`${String(whole.length)} stories while three tabs went, none missed`);
  });

  it("ends with its last tab", async () => {
    const [reader] = await site.api.people("leaver");
    await reader.publish("mine");
    const { context } = await site.deviceOf(reader);
    const tabs = await open(context, 2);
    await expect.poll(() => streamsOf(site.node)).toBe(1);
    for (const tab of tabs) {
      await tab.close();
    }
    await expect.poll(() => streamsOf(site.node)).toBe(0);
  });
});
