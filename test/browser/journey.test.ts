import { readFile } from "node:fs/promises";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { usualPassword, type Story } from "../support/api-client.ts";
import {
  hasBrowser,
  startBrowser,
  viewports,
  type LocaleName,
  type TestBrowser,
  type ViewportName,
} from "./support/browser.ts";
import { cardOf, scrollBy } from "./support/cards.ts";
import { startDemo, type DemoSite } from "./support/demo-site.ts";
import { entranceOf, farewellOf, pressAndConfirm, signInOn } from "./support/entering.ts";
import { answerTo } from "./support/network.ts";
import { promptly } from "./support/promptly.ts";
import { startedSite } from "./support/site.ts";
import { wordsOf, type Words } from "./support/words.ts";
import { answeringOn, chooseFrom, openChange, openWriting } from "./support/writing.ts";

const frameOf = (page: Page, words: Words) =>
  page.getByRole("navigation", { name: words("app.nav.label") });
const headingOf = (page: Page, name: string) =>
  page.getByRole("heading", { name, level: 1, exact: true });
const main = (page: Page) => page.getByRole("main");

/** A message with a count, whatever that is: in a lively community one cannot know. */
function counted(words: Words, key: string): RegExp {
  const forms = [1, 7].map((count) => words(key, { count }).replace(String(count), "\\d+"));
  return new RegExp(`^(?:${forms.join("|")})$`);
}

const counting = (place: Locator, words: Words, key: string) =>
  place.getByRole("button", { name: counted(words, key) });

async function signUpOn(page: Page, words: Words, handle: string, name: string): Promise<void> {
  await main(page)
    .getByRole("link", { name: words("entrance.signUp"), exact: true })
    .click();
  const texts = { name, handle, password: usualPassword };
  for (const [field, text] of Object.entries(texts)) {
    await page.getByLabel(words(`entrance.${field}.label`), { exact: true }).fill(text);
  }
  const enter = main(page).getByRole("button", { name: words("entrance.signUp"), exact: true });
  await answerTo(page, "POST /v1/accounts", () => enter.click());
  await frameOf(page, words).waitFor();
}

async function goTo(page: Page, words: Words, place: "search" | "friends"): Promise<void> {
  const name = new RegExp(`^${words(`app.nav.${place}`)}`);
  await frameOf(page, words).getByRole("link", { name }).click();
}

/** Nothing is wider than the screen: a page that scrolls sideways is a broken one. */
async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const beyond = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(beyond).toBeLessThanOrEqual(0);
}

describe.skipIf(!hasBrowser)(
  "a visitor of the sample community, as `npm start -- --demo` starts it",
  () => {
    let demo: DemoSite;
    let browser: TestBrowser;
    beforeAll(async () => {
      const startedAt = performance.now();
      [demo, browser] = await Promise.all([startDemo(), startBrowser()]);
      console.log(
        `npm start -- --demo: ready after ${Math.round(performance.now() - startedAt)} ms`,
      );
    });
    afterAll(async () => {
      await browser.close();
      expect(await demo.stop()).toBe(0);
    });

    it("is told in the terminal how to sign in", async () => {
      const { demo: told } = (await (await fetch(`${demo.url}/client.json`)).json()) as {
        readonly demo: { readonly accounts: readonly SignIn[] };
      };
      expect(told.accounts.map(({ locale }) => locale).sort()).toEqual(["en", "ja", "ko"]);
      for (const { handle, password } of told.accounts) {
        expect(demo.output()).toContain(`@${handle}`);
        expect(demo.output()).toContain(password);
      }
    });

    interface SignIn {
      readonly handle: string;
      readonly name: string;
      readonly locale: LocaleName;
      readonly password: string;
    }

    async function signInOf(locale: LocaleName): Promise<SignIn> {
      const { demo: told } = (await (await fetch(`${demo.url}/client.json`)).json()) as {
        readonly demo: { readonly accounts: readonly SignIn[] };
      };
      return told.accounts.find((account) => account.locale === locale)!;
    }

    it.each<[ViewportName, LocaleName]>([
      ["phone", "ko"],
      ["desktop", "ja"],
      ["phone", "en"],
    ])(
      "reads, writes, answers, likes and finds a friend, who sees it at once (%s, %s)",
      async (viewport, locale) => {
        const words = wordsOf(locale);
        const me = await signInOf(locale);
        const friendName = { ko: "새 이웃", ja: "新しい隣人", en: "New Neighbour" }[locale];
        const friendHandle = `friend_${viewport}_${locale}`;
        const options = { url: demo.url, viewport, locale };
        const mine = await browser.openDevice(options);
        const theirs = await browser.openDevice(options);

        // One signs in by the box on the page, and reads.
        const page = await mine.open("/");
        const box = page.getByRole("region", { name: words("entrance.demo.title") });
        await box.getByText(me.password, { exact: true }).first().waitFor();
        const enter = box.getByRole("button", {
          name: words("entrance.demo.as", { name: me.name }),
        });
        await answerTo(page, "POST /v1/sessions", () => enter.click());
        await headingOf(page, words("feed.title")).waitFor();
        expect(await page.locator("html").getAttribute("lang")).toBe(locale);
        await page.getByRole("article").nth(2).waitFor();
        await expectNoSidewaysScroll(page);
        await scrollBy(page, 2 * viewports[viewport].height);
        expect(await page.getByRole("article").count()).toBeGreaterThan(2);

        // The other makes an account.
        const friend = await theirs.open("/");
        await signUpOn(friend, words, friendHandle, friendName);
        await headingOf(friend, words("feed.title")).waitFor();
        await friend.getByText(words("feed.empty.title"), { exact: true }).waitFor();

        // One finds and asks the other, who accepts.
        await goTo(page, words, "search");
        await page
          .getByRole("searchbox", { name: words("people.search.label") })
          .fill(friendHandle);
        const forFriend = (action: string, name: string) =>
          words("people.for", { action: words(`people.action.${action}`), name });
        const ask = main(page).getByRole("button", { name: forFriend("befriend", friendName) });
        await answerTo(page, "PUT /v1/friends/*", () => ask.click());
        await goTo(friend, words, "friends");
        const tabs = friend.getByRole("navigation", { name: words("people.lists") });
        await tabs.getByRole("link", { name: words("people.list.received") }).click();
        const accept = main(friend).getByRole("button", { name: forFriend("accept", me.name) });
        await answerTo(friend, "PUT /v1/friends/*", () => accept.click());
        await main(page).getByText(words("people.state.friends"), { exact: true }).waitFor();
        await friend.goto("/");
        await headingOf(friend, words("feed.title")).waitFor();

        // What one publishes, the other's open page shows.
        await page.goto("/");
        const text = `${{ ko: "둥근 마루에서", ja: "丸い縁側から", en: "From the round floor" }[locale]} ${viewport}`;
        const writing = await openWriting(page, words);
        await writing.text.fill(text);
        const published = await answerTo(page, "POST /v1/stories", () => writing.send.click());
        const { story } = (await published.json()) as { readonly story: Story };
        const [own, seen] = [cardOf(page, story.id), cardOf(friend, story.id)];
        await promptly(`a friend's story (${viewport}, ${locale})`, () => seen.isVisible());
        await own.getByText(text, { exact: true }).waitFor();

        // The other likes and reshares it, and says something to it; one answers.
        await answerTo(friend, "PUT /v1/stories/*/like", () =>
          counting(seen, words, "story.like").click(),
        );
        await answerTo(friend, "PUT /v1/stories/*/reshare", () =>
          counting(seen, words, "story.reshare").click(),
        );
        await friend.goto(`/stories/${story.id}`);
        const comment = answeringOn(friend, words);
        const said = { ko: "반가워요", ja: "うれしいです", en: "Good to see you" }[locale];
        await comment.text.fill(said);
        await answerTo(friend, "POST /v1/stories/*/comments", () => comment.send.click());
        await own.locator("a:has(time)").click();
        const theirComment = main(page).getByRole("article", {
          name: words("comments.by", { name: friendName }),
        });
        await theirComment.getByText(said, { exact: true }).waitFor();
        await expectNoSidewaysScroll(page);
        await theirComment
          .getByRole("button", {
            name: words("comments.answer", { name: friendName }),
            exact: true,
          })
          .click();
        const answer = answeringOn(page, words, friendName);
        await answer.text.fill("💚");
        await answerTo(page, "POST /v1/stories/*/comments", () => answer.send.click());
        await promptly(`an answer (${viewport}, ${locale})`, () =>
          friend
            .getByRole("list", { name: words("comments.replies", { name: friendName }) })
            .getByText("💚", { exact: true })
            .isVisible(),
        );
        await page.getByRole("button", { name: counted(words, "story.likedBy") }).waitFor();

        // One likes something by another, and takes it back.
        await page.goto("/");
        const other = page
          .getByRole("article")
          .filter({ hasNot: page.getByRole("link", { name: `@${me.handle}` }) })
          .first();
        const otherId = (await other.getAttribute("data-story"))!;
        const like = counting(cardOf(page, otherId), words, "story.like");
        const wasPressed = await like.getAttribute("aria-pressed");
        const calls = ["PUT /v1/stories/*/like", "DELETE /v1/stories/*/like"] as const;
        for (const call of wasPressed === "true" ? calls.toReversed() : calls) {
          await answerTo(page, call, () => like.click());
        }
        // The event of the first press may come after the answer to the second.
        await expect.poll(() => like.getAttribute("aria-pressed")).toBe(wasPressed);

        // One edits, deletes, and takes that back.
        await friend.goto(`/@${me.handle}`);
        await seen.waitFor();
        await page.goto(`/@${me.handle}`);
        const change = await openChange(own, words, me.name);
        await change.text.fill(`${text} ✓`);
        await answerTo(page, "PATCH /v1/stories/*", () => change.send.click());
        await promptly(`an edit (${viewport}, ${locale})`, () =>
          seen.getByText(`${text} ✓`, { exact: true }).isVisible(),
        );
        await answerTo(page, "DELETE /v1/stories/*", () =>
          chooseFrom(own, words("story.more", { name: me.name }), words("story.remove")),
        );
        await promptly(`a deletion (${viewport}, ${locale})`, () => seen.count(), 0);
        const undo = page.getByRole("button", { name: words("app.undo"), exact: true });
        await answerTo(page, "POST /v1/stories/*/restore", () => undo.click());
        await own.waitFor();
        await friend.goto("/");
        await seen.waitFor();

        // One blocks the other, who sees nothing of it any more.
        await page.goto(`/@${friendHandle}`);
        await chooseFrom(
          main(page).getByRole("region", { name: friendName }),
          words("people.more", { name: friendName }),
          words("people.action.block"),
        );
        const sure = page.getByRole("dialog").getByRole("button", {
          name: words("people.action.block"),
        });
        await answerTo(page, "PUT /v1/blocks/*", () => sure.click());
        await promptly(`a block (${viewport}, ${locale})`, () => seen.count(), 0);
        await friend.goto(`/@${me.handle}`);
        await headingOf(friend, words("app.notFound.title")).waitFor();
      },
    );
  },
);

describe.skipIf(!hasBrowser)("someone new", () => {
  const site = startedSite();
  const nextPassword = "a sentence of my own";

  it.each<[ViewportName, LocaleName]>([
    ["phone", "ja"],
    ["desktop", "ko"],
  ])(
    "comes, finds people, settles in, takes everything along, and leaves (%s, %s)",
    async (viewport, locale) => {
      const words = wordsOf(locale);
      const neighbour = await site.api.signUp(`neighbour_${viewport}`, { name: "고양이 도서관" });
      const first = await neighbour.publish("어서 오세요");
      const handle = `newcomer_${viewport}`;
      const { open, context } = await site.visitor({ viewport, locale });
      const page = await open("/");
      await entranceOf(page, words).waitFor();
      await signUpOn(page, words, handle, "처음 온 사람");

      // An empty feed leads to people.
      await page.getByText(words("feed.empty.title"), { exact: true }).waitFor();
      await main(page)
        .getByRole("link", { name: words("feed.empty.find"), exact: true })
        .click();
      await page.getByRole("searchbox", { name: words("people.search.label") }).fill("고양이");
      await main(page)
        .getByRole("link", { name: `고양이 도서관 @${neighbour.handle}` })
        .click();
      const follow = main(page).getByRole("button", {
        name: words("people.action.follow"),
        exact: true,
      });
      await answerTo(page, "PUT /v1/follows/*", () => follow.click());
      await frameOf(page, words)
        .getByRole("link", { name: words("app.nav.feed"), exact: true })
        .click();
      await cardOf(page, first.id).waitFor();

      // One writes, for different people, and answers.
      for (const [text, visibility] of [
        ["모두에게", "public"],
        ["나에게", "self"],
      ] as const) {
        const writing = await openWriting(page, words);
        await writing.text.fill(text);
        await writing.place.getByLabel(words("compose.visibility")).selectOption(visibility);
        await answerTo(page, "POST /v1/stories", () => writing.send.click());
        await page.getByRole("article").getByText(text, { exact: true }).waitFor();
      }
      await page.goto(`/stories/${first.id}`);
      const comment = answeringOn(page, words);
      await comment.text.fill("고마워요");
      await answerTo(page, "POST /v1/stories/*/comments", () => comment.send.click());

      // The settings are changed, and hold.
      await page.goto("/settings/profile");
      await page.getByLabel(words("settings.profile.bio"), { exact: true }).fill("빵과 책");
      const save = page.getByRole("button", { name: words("settings.profile.save"), exact: true });
      await answerTo(page, "PATCH /v1/accounts/me", () => save.click());
      await page.goto("/settings/privacy");
      const nobody = page.getByRole("radio", {
        name: words("settings.privacy.nobody"),
        exact: true,
      });
      await answerTo(page, "PATCH /v1/accounts/me", () => nobody.check());
      await page.reload();
      expect(await nobody.isChecked()).toBe(true);

      // What was written is taken along.
      await page.goto("/settings/export");
      const [file] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("button", { name: words("settings.export.start"), exact: true }).click(),
      ]);
      await page.getByText(words("settings.export.done"), { exact: true }).waitFor();
      const taken = JSON.parse(await readFile(await file.path(), "utf8")) as Exported;
      expect(taken.account).toMatchObject({ handle, bio: "빵과 책", privacy: "nobody" });
      expect(taken.stories.map(({ text }) => text)).toEqual(["나에게", "모두에게"]);
      expect(taken.comments.map(({ text }) => text)).toEqual(["고마워요"]);

      // A new password ends the session on the other device.
      const elsewhere = await site.visitor({ viewport, locale });
      const other = await elsewhere.open("/");
      await signInOn(other, words, { handle, password: usualPassword });
      await page.goto("/settings/password");
      await page
        .getByLabel(words("settings.password.current"), { exact: true })
        .fill(usualPassword);
      await page.getByLabel(words("settings.password.next"), { exact: true }).fill(nextPassword);
      const change = page.getByRole("button", {
        name: words("settings.password.save"),
        exact: true,
      });
      await answerTo(page, "PUT /v1/accounts/me/password", () => change.click());
      await farewellOf(other, words, "ended").waitFor();
      await signInOn(other, words, { handle, password: nextPassword });

      // So does signing out everywhere, on both.
      await page.goto("/settings/sessions");
      await answerTo(page, "DELETE /v1/sessions", () =>
        pressAndConfirm(page, words("settings.signOut.everywhere")),
      );
      await farewellOf(page, words, "left").waitFor();
      await farewellOf(other, words, "ended").waitFor();

      // In the end the account goes, and what it wrote.
      await signInOn(page, words, { handle, password: nextPassword });
      await page.goto("/settings/deletion");
      await page.getByLabel(words("entrance.password.label"), { exact: true }).fill(nextPassword);
      await page.getByLabel(words("settings.deletion.confirm"), { exact: true }).fill(handle);
      const leave = page.getByRole("button", {
        name: words("settings.deletion.delete"),
        exact: true,
      });
      await answerTo(page, "DELETE /v1/accounts/me", () => leave.click());
      await farewellOf(page, words, "deleted").waitFor();
      expect(await context.cookies()).toEqual([]);
      expect((await neighbour.get(`/v1/accounts/@${handle}`)).status).toBe(404);
      await page.goto(`/stories/${first.id}`);
      await page.getByText(words("comments.empty"), { exact: true }).waitFor();
    },
  );
});

interface Exported {
  readonly account: Readonly<Record<string, unknown>>;
  readonly stories: readonly { readonly text: string }[];
  readonly comments: readonly { readonly text: string }[];
}
