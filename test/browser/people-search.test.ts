import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { hasBrowser } from "./support/browser.ts";
import { answerTo } from "./support/network.ts";
import { actionIn, handlesIn, patience, rowOf } from "./support/people.ts";
import { startedSite } from "./support/site.ts";
import { wordsOf } from "./support/words.ts";

const words = wordsOf("en");

describe.skipIf(!hasBrowser)("searching people", () => {
  const site = startedSite();

  const fieldOf = (page: Page) =>
    page.getByRole("searchbox", { name: words("people.search.label") });
  const focused = (page: Page) =>
    page.evaluate(
      () => document.activeElement?.getAttribute("data-person") ?? document.activeElement?.tagName,
    );

  it("finds as one types, keeps what was typed last, and can be gone through by keys", async () => {
    const [me, mina, minsu] = await site.api.people("seeker", "mina_found", "minsu_found");
    const page = await (await site.deviceOf(me)).open("/");
    await page.getByRole("main").waitFor();
    await page.keyboard.press("/");
    await fieldOf(page).waitFor();
    await expect.poll(() => focused(page), patience).toBe("INPUT");
    // The first answer comes after the second.
    const late = Promise.withResolvers<undefined>();
    await page.route(
      ({ searchParams }) => searchParams.get("handle") === "min",
      async (route) => {
        await late.promise;
        await route.fallback();
      },
    );
    const asked = page.waitForRequest((request) => request.url().includes("handle=min"));
    await page.keyboard.type("min");
    await asked;
    await page.keyboard.type("a_found");
    await rowOf(page, mina).waitFor();
    late.resolve(undefined);
    await page.waitForURL("**/search?q=mina_found");
    expect(await handlesIn(page)).toEqual([mina.handle]);

    await page.unrouteAll({ behavior: "wait" });
    await fieldOf(page).fill("min");
    await rowOf(page, minsu).waitFor();
    await page.keyboard.press("Enter");
    await expect.poll(() => focused(page), patience).toBe(mina.handle);
    await page.keyboard.press("ArrowDown");
    expect(await focused(page)).toBe(minsu.handle);
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    expect(await focused(page)).toBe("INPUT");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: mina.handle }).waitFor();
    await page.goBack();
    await rowOf(page, minsu).waitFor();
    expect(await fieldOf(page).inputValue()).toBe("min");
  });

  it("offers what stands between the two in each row", async () => {
    const [me, one, two] = await site.api.people("row_me", "rows_one", "rows_two");
    await two.put(`/v1/friends/${me.id}`);
    const page = await (await site.deviceOf(me)).open("/search?q=rows_");
    await answerTo(page, "PUT /v1/friends/*", () => actionIn(rowOf(page, one), "befriend").click());
    await actionIn(rowOf(page, one), "withdraw").waitFor();
    await answerTo(page, "PUT /v1/friends/*", () => actionIn(rowOf(page, two), "accept").click());
    await rowOf(page, two).getByText(words("people.state.friends"), { exact: true }).waitFor();
  });

  it("remembers what one looked for until it is cleared", async () => {
    const [me, other] = await site.api.people("remembers", "remembered");
    const device = await site.deviceOf(me);
    const page = await device.open("/search?q=remembered");
    await rowOf(page, other).getByRole("link").click();
    await page.getByRole("heading", { level: 1, name: other.handle }).waitFor();
    await page.goto("/search");
    await page.getByRole("button", { name: "remembered", exact: true }).click();
    await rowOf(page, other).waitFor();
    await page.getByRole("button", { name: words("people.search.clear") }).click();
    await page.getByRole("button", { name: words("people.search.forget") }).click();
    await page.getByRole("heading", { name: words("people.search.begin.title") }).waitFor();
  });

  it("says so when nobody is called so", async () => {
    const me = await site.api.signUp("finds_none");
    const page = await (await site.deviceOf(me)).open("/search?q=nobody_is_called_so");
    await page.getByRole("heading", { name: words("people.search.none.title") }).waitFor();
  });
});
