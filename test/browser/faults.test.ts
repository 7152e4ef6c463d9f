import type { Page } from "playwright-core";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Item, Person, Story } from "../support/api-client.ts";
import { hasBrowser, startBrowser, type Device } from "./support/browser.ts";
import { cardOf, idsIn, idsToTheEnd } from "./support/cards.ts";
import { answerTo, isCall, spoil, type Call, type Fate } from "./support/network.ts";
import { startProcessSite } from "./support/process-site.ts";
import { signIn, startedSite } from "./support/site.ts";
import { startWire, type Wire } from "./support/wire.ts";
import { wordsOf } from "./support/words.ts";
import { openWriting } from "./support/writing.ts";

const words = wordsOf("en");
/** What the browser says of a network that a test breaks. */
const broken = [/ERR_|^request: |^answer: .*: 50\d$/];
/** The longest of the waits before the next attempt, and what is done then. */
const patience = { timeout: 45_000 };

const offline = (page: Page) => page.getByText(words("app.offline"), { exact: true });
const lost = (page: Page) => page.getByText(words("app.lost"), { exact: true });
const likeOf = (page: Page, { id }: Pick<Story, "id">, count: number) =>
  cardOf(page, id).getByRole("button", { name: words("story.like", { count }), exact: true });

const textsOf = (items: readonly Item[]): readonly string[] => items.map(({ text }) => text);

/** A page that is loaded anew forgets this. */
async function mark(page: Page): Promise<void> {
  await page.evaluate(() => {
    document.documentElement.dataset["marked"] = "";
  });
}

async function expectNoReload(page: Page): Promise<void> {
  expect(await page.locator("html[data-marked]").count()).toBe(1);
}

async function openMarked(device: Device, story: Pick<Story, "id">): Promise<Page> {
  const page = await device.open("/");
  await cardOf(page, story.id).waitFor();
  await mark(page);
  return page;
}

/** The button is pressed, or not, as it will stay. */
async function expectLiked(page: Page, story: Story, count: number): Promise<void> {
  const like = likeOf(page, story, count);
  await expect.poll(() => like.getAttribute("aria-pressed")).toBe(count === 0 ? "false" : "true");
}

describe.skipIf(!hasBrowser)("when the network is away", () => {
  const site = startedSite();

  interface Scene {
    readonly me: Person;
    readonly friend: Person;
    readonly story: Story;
    readonly wire: Wire;
    readonly device: Device;
    readonly page: Page;
  }

  async function scene(name: string): Promise<Scene> {
    const wire = await startWire(site.url);
    onTestFinished(() => wire.close());
    const [me, friend] = await site.api.people(name, `${name}_friend`);
    await me.befriend(friend);
    const story = await friend.publish("Before");
    const device = await site.browser.openDevice({ url: wire.url, expected: broken });
    await signIn(device, wire.url, me);
    return { me, friend, story, wire, device, page: await openMarked(device, story) };
  }

  const cuts: readonly (readonly [
    string,
    (scene: Scene) => Promise<unknown> | undefined,
    (scene: Scene) => Promise<unknown> | undefined,
    (page: Page) => ReturnType<typeof lost>,
  ])[] = [
    [
      "and the browser knows it",
      ({ device, wire }) => {
        wire.cut();
        return device.context.setOffline(true);
      },
      ({ device, wire }) => {
        wire.mend();
        return device.context.setOffline(false);
      },
      offline,
    ],
    [
      "and the browser does not know it",
      ({ wire }) => {
        wire.cut();
        return undefined;
      },
      ({ wire }) => {
        wire.mend();
        return undefined;
      },
      lost,
    ],
  ];

  it.each(cuts)(
    "the page says so, keeps what is done, and goes on by itself (%s)",
    async (kind, cut, mend, bar) => {
      const there = await scene(kind.includes("not") ? "unaware" : "aware");
      const { me, friend, story, page } = there;
      await cut(there);
      await bar(page).waitFor();
      // It stays while attempt after attempt fails.
      const flickers = await watchHidden(page, words(bar === lost ? "app.lost" : "app.offline"));

      const writing = await openWriting(page, words);
      await writing.text.fill("Written in a tunnel");
      await writing.send.click();
      await writing.said("compose.waiting").waitFor();
      await page.keyboard.press("Escape");
      await likeOf(page, story, 0).click();
      await page.getByText(words("story.likeFailed"), { exact: true }).waitFor(patience);
      await expectLiked(page, story, 0);
      // An attempt that hangs is no better than one that fails.
      const attempt = page.waitForRequest((request) => isCall(request, "GET /v1/feed/live"));
      there.wire.hush();
      await (bar === lost ? attempt : undefined);
      const meanwhile = [
        await friend.publish("One meanwhile"),
        await friend.publish("And another"),
      ];
      expect(await flickers()).toBe(0);

      const mendedAt = performance.now();
      await mend(there);
      await bar(page).waitFor({ state: "hidden", ...patience });
      const backMs = performance.now() - mendedAt;
      await page.getByRole("article").getByText("Written in a tunnel").waitFor(patience);
      const whole = await me.walk("/v1/feed");
      const ids = whole.map((item) => item.story.id);
      expect(ids).toEqual(expect.arrayContaining(meanwhile.map(({ id }) => id)));
      await expect.poll(() => idsIn(page), patience).toEqual(ids);
      expect(textsOf(await me.walk(`/v1/accounts/${me.id}/stories`))).toEqual([
        "Written in a tunnel",
      ]);
      await answerTo(page, "PUT /v1/stories/*/like", () => likeOf(page, story, 0).click());
      await expectNoReload(page);
      console.log(`connected again ${Math.round(backMs)} ms after the network was back (${kind})`);
    },
  );

  it("settings are kept, and saved by themselves", async () => {
    const there = await scene("settled");
    const { me, device, wire } = there;
    const page = await device.open("/settings/profile");
    const name = page.getByLabel(words("settings.profile.name"), { exact: true });
    await name.fill("Renamed in a tunnel");
    wire.cut();
    await page.getByRole("button", { name: words("settings.profile.save"), exact: true }).click();
    await page.getByText(words("settings.progress.waiting"), { exact: true }).waitFor(patience);
    wire.mend();
    await page.getByText(words("settings.progress.saved"), { exact: true }).waitFor(patience);
    expect((await me.get("/v1/accounts/me")).body.account.name).toBe("Renamed in a tunnel");
  });
});

/** Counts the frames in which this text is not to be seen, until it is asked for the sum. */
async function watchHidden(page: Page, text: string): Promise<() => Promise<number>> {
  const watch = await page.evaluateHandle((wanted) => {
    const seen = { without: 0, isOver: false };
    const look = (): void => {
      const isShown = [...document.querySelectorAll('[role="status"]')].some((place) =>
        place.textContent.includes(wanted),
      );
      seen.without += isShown ? 0 : 1;
      if (!seen.isOver) {
        requestAnimationFrame(look);
      }
    };
    look();
    return seen;
  }, text);
  return () =>
    watch.evaluate((seen) => {
      seen.isOver = true;
      return seen.without;
    });
}

describe.skipIf(!hasBrowser)("when the server fails", () => {
  const site = startedSite();

  interface Scene {
    readonly me: Person;
    readonly story: Story;
    readonly device: Device;
  }

  async function scene(name: string): Promise<Scene> {
    const me = await site.api.signUp(name);
    const story = await me.publish("Here it is");
    return { me, story, device: await site.deviceOf(me, { expected: broken }) };
  }

  const failing = (fate: Fate): readonly Fate[] => Array.from({ length: 4 }, () => fate);

  it.each<[string, Call, readonly Fate[]]>([
    ["the feed cannot be read", "GET /v1/feed", failing({ status: 500 })],
    ["the feed is not to be had for now", "GET /v1/feed", failing({ status: 503, retryAfterS: 1 })],
    ["there are too many requests", "GET /v1/feed", failing({ status: 429, retryAfterS: 1 })],
    ["answers are lost", "GET /v1/feed", failing("lost")],
    ["nobody can tell who asks", "GET /v1/accounts/me", failing({ status: 503 })],
    ["the live connection is refused for now", "GET /v1/feed/live", failing({ status: 503 })],
  ])("the page goes on by itself although %s", async (what, call, fates) => {
    const { me, story, device } = await scene(`fails_${what.replaceAll(" ", "").slice(-10)}`);
    const page = await device.context.newPage();
    await spoil(page, call, fates);
    await page.goto("/");
    await mark(page);
    await cardOf(page, story.id).waitFor(patience);
    const next = await me.publish("And it goes on");
    await cardOf(page, next.id).waitFor(patience);
    await expectNoReload(page);
  });

  it("what cannot be read is said, and read when someone asks for it", async () => {
    const { story, device } = await scene("asks_again");
    const page = await device.context.newPage();
    const calls = await spoil(page, "GET /v1/feed", failing({ status: 500 }));
    await page.goto("/");
    await page.getByText(words("list.failed"), { exact: true }).waitFor();
    await calls.end();
    await page.getByRole("button", { name: words("app.retry"), exact: true }).click();
    await cardOf(page, story.id).waitFor();
  });

  it.each<[string, readonly Fate[], boolean]>([
    ["is taken back with a word when the server goes on failing", failing({ status: 500 }), false],
    ["is taken back with a word when it never arrives", failing("lost"), false],
    ["is kept when it is tried again", [{ status: 500 }, { status: 503 }], true],
    ["is kept when its answer was lost", ["unanswered"], true],
  ])("a like %s", async (what, fates, isKept) => {
    const { me, story, device } = await scene(`like_${what.replaceAll(" ", "").slice(-12)}`);
    const page = await openMarked(device, story);
    await spoil(page, "PUT /v1/stories/*/like", fates);
    await likeOf(page, story, 0).click();
    await expectLiked(page, story, 1);
    if (!isKept) {
      await page.getByText(words("story.likeFailed"), { exact: true }).waitFor();
    }
    const kept = () => me.get(`/v1/stories/${story.id}`);
    await expect.poll(async () => (await kept()).body.story.viewer.liked).toBe(isKept);
    await expectLiked(page, story, isKept ? 1 : 0);
    expect((await kept()).body.story.counts.likes).toBe(isKept ? 1 : 0);
  });
});

describe.skipIf(!hasBrowser)("when the server is killed", () => {
  it("the page says so, and goes on by itself with the next one, without a gap", async () => {
    const site = await startProcessSite();
    const browser = await startBrowser();
    onTestFinished(() => browser.close());
    const [me, friend] = await site.api.people("survivor", "survivor_friend");
    await me.befriend(friend);
    const before: Story[] = [];
    for (let at = 0; at < 8; at += 1) {
      before.unshift(await friend.publish(`Before, ${String(at)}`));
    }
    const device = await browser.openDevice({ url: site.url, expected: broken });
    await signIn(device, site.url, me);
    const page = await openMarked(device, before[0]!);
    const writing = await openWriting(page, words);
    await writing.text.fill("Half written when");

    await site.kill();
    await lost(page).waitFor(patience);
    await writing.text.press("End");
    await writing.text.pressSequentially(" it went dark");
    await writing.send.click();
    await writing.said("compose.waiting").waitFor(patience);
    await page.keyboard.press("Escape");
    await likeOf(page, before[0]!, 0).click();
    await page.getByText(words("story.likeFailed"), { exact: true }).waitFor(patience);

    const startedAt = performance.now();
    await site.start();
    const readyAt = performance.now();
    const after = [await friend.publish("After, 0"), await friend.publish("After, 1")];
    await lost(page).waitFor({ state: "hidden", ...patience });
    console.log(
      `the server was ready after ${Math.round(readyAt - startedAt)} ms, and the page had it ${Math.round(performance.now() - readyAt)} ms later`,
    );
    await page.getByRole("article").getByText("Half written when it went dark").waitFor(patience);
    const whole = (await me.walk("/v1/feed")).map(({ story }) => story.id);
    expect(whole).toHaveLength(before.length + after.length + 1);
    // What is newer than one's own waits while the focus is in the list, which the like has left there.
    await page.evaluate(() => {
      (document.activeElement as HTMLElement).blur();
    });
    await expect.poll(async () => (await idsIn(page))[0], patience).toBe(whole[0]);
    expect(await idsToTheEnd(page)).toEqual(whole);
    expect(textsOf(await me.walk(`/v1/accounts/${me.id}/stories`))).toEqual([
      "Half written when it went dark",
    ]);
    await expectNoReload(page);
  });
});

describe.skipIf(!hasBrowser)("when the network is slow", () => {
  const site = startedSite();
  const kilobyte = 1024;
  /** As DevTools have it for slow 3G. */
  const slow3g = {
    offline: false,
    latency: 400,
    downloadThroughput: 50 * kilobyte,
    uploadThroughput: 50 * kilobyte,
  };

  it("the page comes, says that it waits, and sends once what is pressed twice", async () => {
    const me = await site.api.signUp("slowly");
    const story = await me.publish("Slow and steady");
    const device = await site.deviceOf(me, { viewport: "phone" });
    const page = await device.context.newPage();
    const session = await device.context.newCDPSession(page);
    await session.send("Network.enable");
    await session.send("Network.emulateNetworkConditions", slow3g);
    const startedAt = performance.now();
    await page.goto("/", { waitUntil: "commit" });
    await cardOf(page, story.id).waitFor(patience);
    console.log(`slow 3G: the feed is there after ${Math.round(performance.now() - startedAt)} ms`);
    const writing = await openWriting(page, words);
    await writing.text.fill("Sent over a long wire");
    await writing.send.dblclick({ noWaitAfter: true });
    await writing.said("compose.sending").waitFor();
    await page.getByRole("article").getByText("Sent over a long wire").waitFor(patience);
    expect(textsOf(await me.walk(`/v1/accounts/${me.id}/stories`))).toEqual([
      "Sent over a long wire",
      "Slow and steady",
    ]);
    await likeOf(page, story, 0).click();
    await expectLiked(page, story, 1);
    const liked = async () => (await me.get(`/v1/stories/${story.id}`)).body.story.viewer.liked;
    await expect.poll(liked).toBe(true);
  });
});
