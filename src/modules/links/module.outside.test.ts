import { afterAll, beforeAll, expect, it } from "vitest";
import { redirect, whole } from "../../../test/support/hostile-answers.ts";
import {
  openHostileWeb,
  publicAddress,
  type HostileWeb,
} from "../../../test/support/hostile-web.ts";
import { openLinksWorld, type LinksWorld } from "../../../test/support/links-world.ts";
import { startTestPostgres, type TestPostgres } from "../../../test/support/postgres.ts";
import { noMetrics } from "../../../test/support/record.ts";
import { createOutsideWeb } from "../../adapters/outside/outside-web.ts";
import type { OutsideWeb } from "../../ports/outside-web.ts";

/** Links and the web outside together. */
let postgres: TestPostgres;
let hostile: HostileWeb;
let web: OutsideWeb;
let world: LinksWorld;

beforeAll(async () => {
  [postgres, hostile] = await Promise.all([startTestPostgres(), openHostileWeb()]);
  web = createOutsideWeb({
    metrics: noMetrics,
    userAgent: "MaruBot/0",
    allow: [publicAddress],
    limits: { ports: [hostile.port], wholeMs: 1_000 },
  });
  world = await openLinksWorld(postgres, { web });
});
afterAll(async () => {
  await world.close();
  await web.close();
  await hostile.close();
  await postgres.stop();
});

it("a page in an old encoding, behind a redirect, is shown with its picture", async () => {
  const title = Buffer.from("c7d1b1db208c63b9e6b0a2c7cf", "hex");
  const html = Buffer.concat([
    Buffer.from("<meta charset=euc-kr><meta property=og:image content=../1.png><title>"),
    title,
  ]);
  hostile.answer("/", redirect("/a/b"));
  hostile.answer("/a/b", whole(html));
  hostile.answer("/1.png", whole("pixels", { headers: { "Content-Type": "image/png" } }));
  const [story] = world.publish(hostile.url("/"));
  await world.settle();
  expect(world.told()).toEqual([story]);
  expect(await world.preview(hostile.url("/"))).toMatchObject({ title: "한글 똠방각하" });
  expect([...world.kept.values()]).toEqual(["pixels"]);
});

it("a page that leads inside, or has its picture there, shows nothing of it", async () => {
  const inside = `http://127.0.0.1:${String(hostile.port)}`;
  hostile.answer("/secret", whole("<title>A secret</title>"));
  hostile.answer("/secret.png", whole("secret", { headers: { "Content-Type": "image/png" } }));
  hostile.answer("/away", redirect(`${inside}/secret`));
  hostile.answer(
    "/page",
    whole(`
    <title>A page</title><meta property="og:image" content="${inside}/secret.png">`),
  );
  hostile.answer(
    "/embedding",
    whole(`
    <title>Another</title>
    <link rel="alternate" type="application/json+oembed" href="${inside}/secret">`),
  );
  const paths = ["/away", "/page", "/embedding"];
  paths.forEach((path) => world.publish(hostile.url(path)));
  await world.settle();
  const previews = await Promise.all(paths.map((path) => world.preview(hostile.url(path))));
  expect(previews.map((preview) => preview?.title)).toEqual([undefined, "A page", "Another"]);
  expect(previews.map((preview) => preview?.imagePath ?? null)).toEqual([null, null, null]);
  expect(new Set(hostile.reached)).toEqual(new Set([publicAddress]));
});
