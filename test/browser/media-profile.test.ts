import { describe, expect, it } from "vitest";
import { hasBrowser } from "./support/browser.ts";
import { cardOf } from "./support/cards.ts";
import { halfPhoto, photoFile } from "./support/media.ts";
import { answerTo } from "./support/network.ts";
import { startedSite } from "./support/site.ts";
import { wordsOf } from "./support/words.ts";

const words = wordsOf("en");
const patience = { timeout: 40_000 };

describe.skipIf(!hasBrowser)("one's own picture", () => {
  const site = startedSite();

  it("is chosen, seen at once and everywhere, and removed", async () => {
    const [me, friend] = await site.api.people("pictured", "pictured_friend");
    await me.befriend(friend);
    const story = await me.publish("By somebody with a face");
    const theirs = await (await site.deviceOf(friend)).open("/");
    const theirCard = cardOf(theirs, story.id);
    await theirCard.waitFor();
    expect(
      await theirCard.locator("header").locator("..").locator("..").locator("img").count(),
    ).toBe(0);

    const page = await (await site.deviceOf(me)).open("/settings/profile");
    const place = page.getByRole("group", { name: words("settings.profile.picture.title") });
    const chooser = page.waitForEvent("filechooser");
    await place.getByRole("button", { name: words("settings.profile.picture.choose") }).click();
    const chosen = await chooser;
    await answerTo(page, "PATCH /v1/accounts/me", async () => {
      await chosen.setFiles([await photoFile(1, 400, 600)]);
    });
    await place.locator("img[data-loaded]").waitFor();

    const own = page.getByRole("navigation").locator("[data-own] img[data-loaded]");
    await own.waitFor(patience);
    expect(await own.getAttribute("src")).toMatch(/^\/media\//);
    await theirs.reload();
    await cardOf(theirs, story.id).locator("img[data-loaded]").waitFor(patience);

    const remove = place.getByRole("button", { name: words("settings.profile.picture.remove") });
    await answerTo(page, "PATCH /v1/accounts/me", () => remove.click());
    await own.waitFor({ state: "hidden" });
    expect((await me.get("/v1/accounts/me")).body.account.avatarUrl).toBeNull();
  });

  it("is as it was before, and that is said, when it could not be prepared", async () => {
    const me = await site.api.signUp("unprepared");
    const page = await (await site.deviceOf(me)).open("/settings/profile");
    const place = page.getByRole("group", { name: words("settings.profile.picture.title") });
    await place.locator("input[type=file]").setInputFiles([await halfPhoto(2)]);
    const said = place.getByText(words("pictures.problem.broken"), { exact: true });
    await said.waitFor(patience);
    const there = words("settings.profile.picture.there");
    expect(await place.getByText(there, { exact: true }).count()).toBe(0);
  });

  it("is refused in words, when it is none", async () => {
    const me = await site.api.signUp("faceless");
    const page = await (await site.deviceOf(me)).open("/settings/profile");
    const place = page.getByRole("group", { name: words("settings.profile.picture.title") });
    const file = { name: "a.png", mimeType: "image/png", buffer: Buffer.from("nothing") };
    await place.locator("input[type=file]").setInputFiles(file);
    await place.getByText(words("pictures.problem.unsupported"), { exact: true }).waitFor(patience);
    expect(await place.locator("img").count()).toBe(0);
  });
});
