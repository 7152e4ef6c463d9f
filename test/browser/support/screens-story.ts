import type { Page } from "playwright-core";
import type { Story } from "../../support/api-client.ts";
import { cardOf } from "./cards.ts";
import { at, button, me, nobody, says, type Screen, type Stage } from "./stage.ts";

const away = [/ERR_/, /^request: /, /answer: /];

const pathOf = ({ id }: Story): string => `/stories/${id}`;
const discussed = ({ community }: Stage): string => pathOf(community.discussed);

/** The comments of the story are there, too. */
const comments = (page: Page): Promise<unknown> => page.locator("[data-comment]").first().waitFor();

async function openDiscussed(stage: Stage): Promise<Page> {
  const device = await stage.deviceOf(stage.community.me, { expected: away });
  const page = await device.open(discussed(stage));
  await comments(page);
  return page;
}

/** The menu of the reader's own story, open. */
async function openOwnMenu(stage: Stage, hasPatience = true): Promise<Page> {
  const { community, words } = stage;
  const device = await stage.deviceOf(community.me, { expected: hasPatience ? [] : away });
  const page = await device.open(pathOf(community.own));
  await cardOf(page, community.own.id)
    .getByRole("button", { name: moreName(stage) })
    .click();
  await page.getByRole("menuitem", { name: words("story.edit") }).waitFor();
  return page;
}

/** "More about the story by …", whoever it is by. */
function moreName({ words }: Stage): RegExp {
  const [before = "", after = ""] = words("story.more", { name: "\0" }).split("\0");
  return new RegExp(`^${RegExp.escape(before)}.*${RegExp.escape(after)}$`);
}

export const storyScreens: readonly Screen[] = [
  { name: "story", show: at(discussed, me, comments) },
  { name: "story-for-visitors", show: at(discussed, nobody, comments) },
  {
    name: "story-at-its-longest",
    show: at(
      ({ community }) => pathOf(community.longest),
      me,
      (page, stage) => cardOf(page, stage.community.longest.id).waitFor(),
    ),
  },
  {
    name: "story-without-comments",
    show: at(({ community }) => pathOf(community.own), me, says("comments.empty")),
  },
  { name: "story-not-found", show: at("/stories/1", me, says("app.notFound.title")) },
  {
    name: "story-loading",
    async show(stage) {
      const device = await stage.deviceOf(stage.community.me);
      await device.context.route(`**/v1/stories/${stage.community.discussed.id}`, () => undefined);
      const page = await device.open(discussed(stage));
      await page.locator("#content [data-skeleton]").first().waitFor();
      return page;
    },
  },
  {
    name: "story-failed",
    async show(stage) {
      const device = await stage.deviceOf(stage.community.me, { expected: away });
      await device.context.route(`**/v1/stories/${stage.community.discussed.id}`, (route) =>
        route.abort(),
      );
      const page = await device.open(discussed(stage));
      await button(page, stage, "app.retry").waitFor();
      return page;
    },
  },
  {
    name: "story-deleted-meanwhile",
    async show(stage) {
      const { community, words } = stage;
      const story = await community.friend.publish(words("feed.title"));
      const device = await stage.deviceOf(community.me);
      const page = await device.open("/");
      await cardOf(page, story.id).getByRole("link").last().waitFor();
      await cardOf(page, story.id).locator("time").click();
      await says("comments.empty")(page, stage);
      await community.friend.delete(`/v1/stories/${story.id}`);
      await says("story.gone.title")(page, stage);
      return page;
    },
  },
  {
    name: "story-answering",
    async show(stage) {
      const page = await openDiscussed(stage);
      await page.getByText(stage.words("comments.reply"), { exact: true }).first().click();
      await page.locator("textarea:focus").waitFor();
      await page.keyboard.type(stage.words("story.title"));
      return page;
    },
  },
  {
    name: "story-likes",
    async show(stage) {
      const page = await openDiscussed(stage);
      await button(page, stage, "story.likedBy", { count: 14 }).click();
      await page.getByRole("dialog").locator("[data-person]").first().waitFor();
      return page;
    },
  },
  {
    name: "comment-removal",
    async show(stage) {
      const page = await openDiscussed(stage);
      await button(page, stage, "comments.remove").first().click();
      await page.getByRole("dialog").waitFor();
      return page;
    },
  },
  { name: "story-menu", show: (stage) => openOwnMenu(stage) },
  {
    name: "story-menu-of-others",
    async show(stage) {
      const page = await openDiscussed(stage);
      const { discussed: story } = stage.community;
      await cardOf(page, story.id)
        .getByRole("button", { name: moreName(stage) })
        .click();
      await page.getByRole("menuitem").first().waitFor();
      return page;
    },
  },
  {
    name: "story-block",
    async show(stage) {
      const page = await openDiscussed(stage);
      const { discussed: story } = stage.community;
      await cardOf(page, story.id)
        .getByRole("button", { name: moreName(stage) })
        .click();
      await page.getByRole("menuitem", { name: stage.words("people.action.block") }).click();
      await page.getByRole("dialog").waitFor();
      return page;
    },
  },
  {
    name: "story-edit",
    async show(stage) {
      const page = await openOwnMenu(stage);
      await page.getByRole("menuitem", { name: stage.words("story.edit") }).click();
      await page.getByRole("dialog", { name: stage.words("compose.changeTitle") }).waitFor();
      return page;
    },
  },
  {
    name: "story-removed",
    isFleeting: true,
    async show(stage) {
      const { community, words } = stage;
      const story = await community.me.publish(words("feed.title"));
      const device = await stage.deviceOf(community.me);
      const page = await device.open("/");
      const own = cardOf(page, story.id);
      await own.getByRole("button", { name: moreName(stage) }).click();
      await page.getByRole("menuitem", { name: words("story.remove") }).click();
      await button(page, stage, "app.undo").waitFor();
      return page;
    },
  },
];
