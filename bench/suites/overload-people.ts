import type { Browser, BrowserContext, Page } from "playwright-core";
import korean from "../../web/language/ko.json" with { type: "json" };
import { createSay } from "../../web/language/messages.ts";
import { createTokens } from "../load/traffic.ts";
import { median } from "../measure/statistics.ts";
import { keepPicture, roundedFigures, type Report } from "../report/report.ts";
import { accountId, idBases } from "../seed/arithmetic.ts";
import { buildWebClient, launchBrowserBesideGenerator, openContext } from "../server/browser.ts";
import type { SuiteOptions } from "../server/served-community.ts";
import {
  inScene,
  measureCapacity,
  sourceOf,
  step,
  type Capacities,
  type Scene,
} from "./overload-step.ts";

/**
 * What two people meet in a real browser while a server is asked for more than it can do: one opens the
 * page again and again, with nothing kept from before; one has it open and writes stories.
 */
const factors = [2, 10] as const;
const phone = { width: 412, height: 915 };
const lastsS = 60;
const quickS = 20;
/** A picture is taken of what has not come by then. */
const momentMs = 4_000;
/** Once all is over, what is still under way has so long. */
const patienceMs = 60_000;
/** The community is Korean. */
const say = createSay("ko", korean);
const firstCard = "article[data-story]";

export function benchOverloadPeople(options: SuiteOptions): Promise<Report> {
  buildWebClient();
  return inScene(options, async (scene) => {
    const capacities = {
      publish: await measureCapacity(scene, "publish"),
      feed: await measureCapacity(scene, "feed"),
    };
    const browser = await launchBrowserBesideGenerator(scene.prepared.folder);
    const figures: Record<string, number> = {};
    try {
      for (const factor of factors) {
        Object.assign(figures, await measurePeople(scene, { browser, capacities, factor }));
      }
    } finally {
      await browser.close();
    }
    return {
      suite: "overload-people",
      figures: roundedFigures(figures),
      notes: [
        "half of so many times each capacity at once, reads and stories, over 1,024 connections; two people in Chromium on the generator's core, before it where the system lets that",
        "lost_or_doubled: texts that are not there exactly once in the end",
        "opened: from the address to the first story, with an empty cache; written: from pressing the button to the story in the author's list; waited_for_the_end: of these, how many ended after the load",
        "not_sent: the part of the load that its generator, which shares its core with the browser, could not send",
        "pictures of what people saw lie beside this: overload-people-*.png",
      ],
    };
  });
}

interface Surge {
  readonly browser: Browser;
  readonly capacities: Capacities;
  readonly factor: number;
}

async function measurePeople(
  scene: Scene,
  { browser, capacities, factor }: Surge,
): Promise<Record<string, number>> {
  const { prepared, served, options } = scene;
  const tokens = createTokens(prepared);
  const writer = factor;
  const name = `people_${String(factor)}x`;
  const picture = async (page: Page, what: string): Promise<void> =>
    keepPicture(`overload-people-${String(factor)}x-${what}`, await page.screenshot());
  const contextOf = (person: number): Promise<BrowserContext> =>
    openContext(browser, {
      url: served.node.url,
      token: tokens(person),
      viewport: phone,
      locale: "ko-KR",
    });

  const writing = await contextOf(writer);
  const desk = await writing.newPage();
  await desk.goto(`${served.node.url}/`);
  await desk.locator(firstCard).first().waitFor();

  let hasEnded = false;
  const isOver = (): boolean => hasEnded;
  const begun = Promise.withResolvers<undefined>();
  const load = step(scene, factor, {
    warmUpS: 0,
    measuredS: options.seconds ?? (options.isQuick ? quickS : lastsS),
    name: "people beside reads and writes",
    sources: [
      sourceOf("publish", prepared, (capacities.publish * factor) / 2),
      sourceOf("feed", prepared, (capacities.feed * factor) / 2),
    ],
    onMeasuring: () => {
      begun.resolve(undefined);
    },
    onMeasured: () => {
      hasEnded = true;
    },
  });
  await Promise.race([begun.promise, load]);

  let waitedForTheEnd = 0;
  const openedMs: number[] = [];
  async function openAgainAndAgain(): Promise<void> {
    for (let i = 0; !isOver(); i += 1) {
      const context = await contextOf(100 * factor + i);
      const page = await context.newPage();
      const fromMs = performance.now();
      const card = page.locator(firstCard).first();
      await page.goto(`${served.node.url}/`).catch(() => null);
      if (!(await comesWithin(card, momentMs))) {
        await picture(page, "opening");
        await card.waitFor({ timeout: (options.seconds ?? lastsS) * 1_000 + patienceMs });
      }
      openedMs.push(performance.now() - fromMs);
      waitedForTheEnd += isOver() ? 1 : 0;
      await picture(page, "opened");
      await context.close();
    }
  }

  const writtenMs: number[] = [];
  const texts: string[] = [];
  async function writeAgainAndAgain(): Promise<void> {
    while (!isOver()) {
      const text = `${String(factor)}배로 몰릴 때 쓴 글 ${String(texts.length + 1)}`;
      const fromMs = await send(desk, text);
      texts.push(text);
      const card = desk.locator(firstCard).getByText(text, { exact: true });
      if (!(await comesWithin(card, momentMs))) {
        await picture(desk, "sending");
        await card.waitFor({ timeout: (options.seconds ?? lastsS) * 1_000 + patienceMs });
      }
      writtenMs.push(performance.now() - fromMs);
      waitedForTheEnd += isOver() ? 1 : 0;
    }
    await picture(desk, "written");
  }

  const [found] = await Promise.all([load, openAgainAndAgain(), writeAgainAndAgain()]);
  await writing.close();
  const author = accountId(idBases(prepared.community), writer);
  const rows = await served.sql<{ text: string }[]>`
    SELECT text FROM stories.stories WHERE author_id = ${author} AND text = ANY(${texts})`;
  const countOf = (text: string): number => rows.filter((row) => row.text === text).length;
  const figures = {
    [`${name}_opened`]: openedMs.length,
    [`${name}_opened_median_ms`]: median(openedMs),
    [`${name}_opened_most_ms`]: Math.max(...openedMs),
    [`${name}_written`]: writtenMs.length,
    [`${name}_written_median_ms`]: median(writtenMs),
    [`${name}_written_most_ms`]: Math.max(...writtenMs),
    [`${name}_waited_for_the_end`]: waitedForTheEnd,
    [`${name}_lost_or_doubled`]: texts.filter((text) => countOf(text) !== 1).length,
    [`${name}_answered_per_s`]: found.goodput,
    [`${name}_refused_per_s`]: found.refusedPerS,
    [`${name}_not_sent`]: found.notSent,
  };
  options.say(JSON.stringify(roundedFigures(figures)));
  return figures;
}

async function comesWithin(
  what: { waitFor(options: { timeout: number }): Promise<void> },
  timeout: number,
): Promise<boolean> {
  return what.waitFor({ timeout }).then(
    () => true,
    () => false,
  );
}

/** Writes a story as somebody does; when the button was pressed. */
async function send(page: Page, text: string): Promise<number> {
  await page
    .getByRole("navigation", { name: say("app.nav.label") })
    .getByRole("button", { name: say("app.nav.write"), exact: true })
    .click();
  const dialog = page.getByRole("dialog", { name: say("compose.title") });
  await dialog.getByRole("textbox", { name: say("compose.label"), exact: true }).fill(text);
  const fromMs = performance.now();
  await dialog.getByRole("button", { name: say("compose.send"), exact: true }).click();
  return fromMs;
}
