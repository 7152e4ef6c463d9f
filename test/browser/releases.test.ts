import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { connectApi, type Api, type Person } from "../support/api-client.ts";
import { rawGet } from "../support/client-folder.ts";
import { startTestNode, type TestNode } from "../support/node.ts";
import { hasBrowser, startBrowser, type Device, type TestBrowser } from "./support/browser.ts";
import { buildTwice, type ClientBuild, type TwoBuilds } from "./support/builds.ts";
import { cardOf } from "./support/cards.ts";
import { answerTo } from "./support/network.ts";
import { signIn, startedSite } from "./support/site.ts";
import { wordsOf } from "./support/words.ts";
import { openWriting } from "./support/writing.ts";

const words = wordsOf("en");
/** A page asks for the build some seconds after its connection is back, each at its own time. */
const patience = { timeout: 40_000 };
/** While the server is replaced. */
const away = [/ERR_|^request: /];

const buildOf = (page: Page) => page.locator('meta[name="maru-build"]').getAttribute("content");
const newer = (page: Page) => page.getByText(words("version.newer"), { exact: true });

describe.skipIf(!hasBrowser)("a page of the release before", () => {
  let builds: TwoBuilds;
  let browser: TestBrowser;
  beforeAll(async () => {
    [builds, browser] = await Promise.all([buildTwice(), startBrowser()]);
  });
  afterAll(async () => {
    await browser.close();
    await builds.remove();
  });

  /** The next build has no such file. */
  const isGone = (path: string): boolean => !builds.next.assets.has(path);

  interface Scene {
    readonly node: TestNode;
    readonly api: Api;
    readonly me: Person;
    readonly friend: Person;
    readonly device: Device;
    readonly page: Page;
    /** The next release takes the place of this one. */
    upgrade(): Promise<TestNode>;
  }

  /** A page of the old build, on a server that has it. */
  async function scene(name: string, options: { keepsShell?: boolean } = {}): Promise<Scene> {
    let node = await startTestNode({ clientFolder: builds.old.folder, keepsData: true });
    const { port } = new URL(node.url);
    const api = await connectApi(node.url);
    onTestFinished(async () => {
      api.close();
      await node.stop();
    });
    const [me, friend] = await api.people(name, `${name}_friend`);
    await me.befriend(friend);
    const story = await friend.publish("From before");
    const device = await browser.openDevice({ url: node.url, expected: away, ...options });
    await signIn(device, node.url, me);
    const page = await device.open("/");
    await cardOf(page, story.id).waitFor();
    expect(await buildOf(page)).toBe(builds.old.id);
    return {
      node,
      api,
      me,
      friend,
      device,
      page,
      async upgrade() {
        const { dataDir } = node;
        await untilKept(node, builds.old);
        await node.stop();
        const settings = { MARU_PORT: port };
        node = await startTestNode({ clientFolder: builds.next.folder, dataDir, settings });
        return node;
      },
    };
  }

  /** The record has the files of the build, for the nodes that come after this one. */
  async function untilKept({ sql }: TestNode, { assets }: ClientBuild): Promise<void> {
    const kept = async () =>
      (await sql`select path from web.files`).map(({ path }) => String(path));
    await expect.poll(kept).toEqual(expect.arrayContaining([...assets.keys()]));
  }

  it("goes on working against the next server, and offers to reload", async () => {
    const { me, friend, page, upgrade } = await scene("stays");
    const loaded: string[] = [];
    page.on("response", (response) => {
      const { pathname } = new URL(response.url());
      if (pathname.startsWith("/assets/")) {
        loaded.push(`${String(response.status())} ${pathname}`);
      }
    });
    await upgrade();

    // It reads, what happens and what is asked for.
    const next = await friend.publish("From the other side");
    await cardOf(page, next.id).waitFor(patience);
    // It writes.
    const writing = await openWriting(page, words);
    await writing.text.fill("Written on an old page");
    await answerTo(page, "POST /v1/stories", () => writing.send.click());
    await page.getByRole("article").getByText("Written on an old page").waitFor();
    const own = await me.walk(`/v1/accounts/${me.id}/stories`);
    expect(own.map(({ text }) => text)).toEqual(["Written on an old page"]);
    // It goes to pages that it has never loaded, which are of its own build.
    const places = [
      ["search", "people.search.title"],
      ["friends", "people.title"],
      ["me", null],
    ] as const;
    const menu = page.getByRole("navigation", { name: words("app.nav.label") });
    for (const [place, title] of places) {
      await menu.getByRole("link", { name: words(`app.nav.${place}`), exact: true }).click();
      const name = title === null ? me.handle : words(title);
      await page.getByRole("heading", { name, level: 1, exact: true }).waitFor();
    }
    const paths = loaded.map((line) => line.replace(/^200 /, ""));
    expect(paths.filter((path) => !builds.old.assets.has(path))).toEqual([]);
    expect(paths.filter(isGone).length).toBeGreaterThanOrEqual(places.length);

    // It offers to reload, and does not do it by itself.
    await newer(page).waitFor(patience);
    expect(await buildOf(page)).toBe(builds.old.id);
    const draft = await openWriting(page, words);
    await draft.text.fill("Half a thought");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: words("version.reload"), exact: true }).click();
    await page.locator('html[data-release="next"]').waitFor();
    expect(await buildOf(page)).toBe(builds.next.id);
    expect(new URL(page.url()).pathname).toBe(`/@${me.handle}`);
    expect(await (await openWriting(page, words)).text.inputValue()).toBe("Half a thought");
    expect(await newer(page).count()).toBe(0);
  });

  it("is replaced by its reload also where a worker keeps the shell", async () => {
    const { page, upgrade } = await scene("shell", { keepsShell: true });
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await upgrade();
    await newer(page).waitFor(patience);
    await page.getByRole("button", { name: words("version.reload"), exact: true }).click();
    await page.locator('html[data-release="next"]').waitFor();
    expect(await buildOf(page)).toBe(builds.next.id);
  });

  it("finds every file of its build on the next server, as it was", async () => {
    const { upgrade } = await scene("files");
    const { url } = await upgrade();
    const gone = [...builds.old.assets.keys()].filter(isGone);
    expect(gone.length).toBeGreaterThan(5);
    for (const [path, bytes] of builds.old.assets) {
      const reply = await rawGet(`${url}${path}`);
      expect(reply.status, path).toBe(200);
      expect(reply.bytes.equals(bytes), path).toBe(true);
    }
    console.log(`the next node serves ${gone.length} files that only the old build has`);
  });
});

describe.skipIf(!hasBrowser)("a page whose server is of another release", () => {
  const site = startedSite();

  it("leaves aside what it does not know: fields, kinds, events", async () => {
    const [me, friend] = await site.api.people("newer", "newer_friend");
    await me.befriend(friend);
    const known = await friend.publish("As ever");
    const told = await friend.publish("Told live");
    const device = await site.deviceOf(me);
    const page = await device.context.newPage();
    await page.route("**/v1/**", async (route) => {
      const { pathname } = new URL(route.request().url());
      if (pathname === "/v1/feed/live") {
        await route.fulfill({ contentType: "text/event-stream", body: eventsOf(told.id) });
        return;
      }
      const response = await route.fetch();
      const body = (await response.json()) as Readonly<Record<string, unknown>>;
      await route.fulfill({ response, json: withMore(body) });
    });
    await page.goto("/");
    await cardOf(page, known.id).waitFor();
    // The event after the unknown ones is taken.
    await cardOf(page, told.id).waitFor({ state: "hidden" });
    await page.goto(`/stories/${known.id}`);
    await cardOf(page, known.id).waitFor();
    for (const path of [`/@${friend.handle}`, "/friends", "/settings/profile"]) {
      await page.goto(path);
      await page.getByRole("heading", { level: 1 }).waitFor();
    }
    expect(await page.getByText(words("broken.title"), { exact: true }).count()).toBe(0);
  });

  const eventsOf = (deletedId: string): string =>
    [
      "retry: 1000",
      "event: ready\nid: 1.1\ndata: {}",
      'event: poll.opened\nid: 1.2\ndata: {"poll":{"id":"1"}}',
      "event: weather\nid: 1.3\ndata: not JSON at all",
      `event: story.deleted\nid: 1.4\ndata: ${JSON.stringify({ id: deletedId, why: "moved" })}`,
      "",
    ].join("\n\n");

  /** As a later release may answer: more members, and kinds that are new. */
  function withMore(value: unknown): unknown {
    if (Array.isArray(value)) {
      return value.map(withMore);
    }
    if (typeof value !== "object" || value === null) {
      return value;
    }
    const members = Object.entries(value).map(([name, member]) => [name, withMore(member)]);
    return {
      ...(Object.fromEntries(members) as object),
      ...("visibility" in value ? { visibility: "circle" } : {}),
      ...("reason" in value
        ? { reason: { ...(value.reason as object), type: "topic", topic: { name: "x" } } }
        : {}),
      laterField: { of: ["a", "later", "release"] },
    };
  }
});
