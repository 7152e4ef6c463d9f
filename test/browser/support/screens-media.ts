import type { Page, Route } from "playwright-core";
import type { Story } from "../../support/api-client.ts";
import { cardOf } from "./cards.ts";
import { photoFile } from "./media.ts";
import { button, says, type Screen, type Shows, type Stage } from "./stage.ts";
import { openWriting } from "./writing.ts";

const away = [/ERR_/, /^request: /, /answer: /];

type Answer = { readonly story: Readonly<Record<string, unknown>> };

interface MediaStory {
  readonly story: (stage: Stage) => Story;
  /** Something of it is otherwise than the server says. */
  readonly change?: (stage: Stage, story: Answer["story"]) => object;
  readonly isThere: (page: Page, stage: Stage) => Promise<unknown>;
}

/** The page of a story with photos or videos. */
function storyPage({ story, change, isThere }: MediaStory): Shows {
  return async (stage) => {
    const device = await stage.deviceOf(stage.community.me, { expected: away });
    const { id } = story(stage);
    if (change !== undefined) {
      await device.context.route(`**/v1/stories/${id}`, async (route: Route) => {
        const response = await route.fetch();
        const { story: told } = (await response.json()) as Answer;
        await route.fulfill({ response, json: { story: { ...told, ...change(stage, told) } } });
      });
    }
    const page = await device.open(`/stories/${id}`);
    await isThere(page, stage);
    return page;
  };
}

const pictures =
  (count: number) =>
  async (page: Page): Promise<void> => {
    await page
      .locator("[data-media] img[data-loaded]")
      .nth(count - 1)
      .waitFor();
  };

/** As it is while its files are being made, or when that came to nothing. */
function withState(state: string, problem: string | null) {
  return (_stage: Stage, { media }: Answer["story"]): object => ({
    media: (media as readonly object[]).map((item) => ({
      ...item,
      state,
      problem,
      url: null,
      previewUrl: null,
      variants: [],
    })),
  });
}

async function openViewer(stage: Stage, story: Story): Promise<Page> {
  const device = await stage.deviceOf(stage.community.me, { expected: away });
  const page = await device.open(`/stories/${story.id}`);
  // In the middle of a video is the button that plays it where it stands.
  const corner = { position: { x: 12, y: 12 } };
  await cardOf(page, story.id).locator("[data-media] button").first().click(corner);
  return page;
}

async function writeWith(stage: Stage, count: number): Promise<Page> {
  const device = await stage.deviceOf(stage.community.me, { expected: away });
  const page = await device.open("/settings");
  const writing = await openWriting(page, stage.words);
  await writing.text.fill(stage.words("entrance.lede"));
  const files = await Promise.all(
    Array.from({ length: count }, (_, seed) => photoFile(seed, 400, 300)),
  );
  await writing.place.locator("input[type=file]").first().setInputFiles(files);
  return page;
}

const tiles = (page: Page, phase: string, count: number): Promise<void> =>
  page
    .locator(`dialog [data-tile][data-phase="${phase}"]`)
    .nth(count - 1)
    .waitFor();

export const mediaScreens: readonly Screen[] = [
  {
    name: "media-many",
    show: storyPage({ story: ({ community }) => community.album.many, isThere: pictures(4) }),
  },
  {
    name: "media-three",
    show: storyPage({ story: ({ community }) => community.album.three, isThere: pictures(3) }),
  },
  {
    name: "media-upright",
    show: storyPage({ story: ({ community }) => community.album.upright, isThere: pictures(1) }),
  },
  {
    name: "media-film",
    show: storyPage({ story: ({ community }) => community.album.film, isThere: pictures(1) }),
  },
  {
    name: "media-processing",
    show: storyPage({
      story: ({ community }) => community.album.many,
      change: withState("processing", null),
      isThere: says("pictures.preparing"),
    }),
  },
  {
    name: "media-processing-alone",
    show: storyPage({
      story: ({ community }) => community.album.upright,
      change: withState("processing", null),
      isThere: says("pictures.processing"),
    }),
  },
  {
    name: "media-failed",
    show: storyPage({
      story: ({ community }) => community.album.upright,
      change: withState("failed", "broken"),
      isThere: says("pictures.failed"),
    }),
  },
  {
    name: "media-away",
    async show(stage) {
      const { community } = stage;
      const device = await stage.deviceOf(community.me, { expected: away });
      await device.context.route("**/media/*.*/**", (route) => route.abort());
      const page = await device.open(`/stories/${community.album.three.id}`);
      await says("pictures.away")(page, stage);
      return page;
    },
  },
  {
    name: "media-link",
    show: storyPage({
      story: ({ community }) => community.own,
      change: ({ community, words }) => ({
        link: {
          url: "https://example.org/articles/2026/11/porch",
          title: words("entrance.lede"),
          description: words("settings.deletion.never").repeat(6),
          imageUrl: community.album.pictureUrl,
        },
      }),
      isThere: (page) => page.getByText("example.org", { exact: true }).waitFor(),
    }),
  },
  {
    name: "viewer",
    async show(stage) {
      const page = await openViewer(stage, stage.community.album.many);
      await page.locator("dialog [data-shown] img[data-loaded]").waitFor();
      return page;
    },
  },
  {
    name: "viewer-film",
    async show(stage) {
      const { film } = stage.community.album;
      const page = await openViewer(stage, film);
      const video = page.locator("dialog [data-shown] video");
      await video.waitFor();
      await page.waitForFunction(
        () => (document.querySelector<HTMLVideoElement>("dialog video")?.readyState ?? 0) > 0,
      );
      return page;
    },
  },
  {
    name: "attach",
    async show(stage) {
      const page = await writeWith(stage, 5);
      await tiles(page, "there", 5);
      return page;
    },
  },
  {
    name: "attach-going",
    async show(stage) {
      const device = await stage.deviceOf(stage.community.me, { expected: away });
      await device.context.route("**/v1/uploads/*", () => undefined);
      const page = await device.open("/settings");
      const writing = await openWriting(page, stage.words);
      const file = await photoFile(3, 400, 300);
      await writing.place.locator("input[type=file]").first().setInputFiles([file, file, file]);
      await button(writing.place, stage, "attach.sendThen").click();
      await says("attach.willSend")(page, stage);
      return page;
    },
  },
  {
    name: "attach-refused",
    async show(stage) {
      const device = await stage.deviceOf(stage.community.me, { expected: away });
      const page = await device.open("/settings");
      const writing = await openWriting(page, stage.words);
      const file = { name: "a.jpg", mimeType: "image/jpeg", buffer: Buffer.from("no photo") };
      const files = [await photoFile(1, 400, 300), file];
      await writing.place.locator("input[type=file]").first().setInputFiles(files);
      await says("pictures.problem.unsupported")(page, stage);
      await tiles(page, "there", 1);
      return page;
    },
  },
  {
    name: "attach-describe",
    async show(stage) {
      const page = await writeWith(stage, 1);
      await tiles(page, "there", 1);
      const what = stage.words("pictures.photo", { at: 1, of: 1 });
      await page
        .getByRole("button", { name: `${what}, ${stage.words("attach.alt")}`, exact: true })
        .click();
      await page.getByLabel(stage.words("attach.label")).fill(what);
      return page;
    },
  },
];
