import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Body } from "../support/api-client.ts";
import { send } from "../support/client.ts";
import { temporaryFolder } from "../support/data-folder.ts";
import { projectRoot, startServer } from "../support/server-process.ts";

/** What the README tells a newcomer to paste, as it stands there, against a server as they start it. */

const addressInReadme = "http://localhost:8080";
const patienceMs = 60_000;

function readme(file: string): string {
  return readFileSync(join(projectRoot, file), "utf8");
}

function blocksOf(markdown: string): string[] {
  return [...markdown.matchAll(/^```bash\n(.*?)^```$/gms)].map(([, code = ""]) => code);
}

/** The blocks of the first section whose commands speak to this route. */
function sectionOf(route: string): string[] {
  const section = readme("README.md")
    .split(/^## /m)
    .find((text) => blocksOf(text).some((code) => code.includes(route)));
  return blocksOf(section ?? "");
}

describe("the README's walk-through", () => {
  it("shows a story in a friend's feed and live stream, and a photo, as it says", async () => {
    const folder = await temporaryFolder();
    const server = await startServer({ cwd: folder });
    const cwd = join(folder, "terminal");
    mkdirSync(cwd);
    symlinkSync(join(projectRoot, "docs"), join(cwd, "docs"));
    const commands = [...sectionOf("/v1/feed/live"), ...sectionOf("/v1/media")];
    const script = commands.join("\n").replaceAll(addressInReadme, server.url);
    expect(script).toContain(`API=${server.url}`);
    const run = spawnSync("bash", ["--norc", "-euo", "pipefail", "-c", script], {
      cwd,
      encoding: "utf8",
      timeout: patienceMs,
    });
    expect([run.status, run.signal, run.stderr]).toEqual([0, null, ""]);
    const [asked = "", accepted = "", published = "", read = "", ...live] = run.stdout.split("\n");
    expect([asked, accepted]).toEqual(['{"state":"requested"}', '{"state":"friends"}']);
    const { story } = JSON.parse(published) as Body;
    expect(story.text).toContain("Good morning!");
    const { items } = JSON.parse(read) as Body;
    expect(items.map(({ id, reason }) => [id, reason.type])).toEqual([[story.id, "author"]]);
    const told = live.join("\n");
    expect(told).toMatch(/^event: story\nid: \S+\ndata: \{"item":/m);
    expect(told).toContain(`"id":"${story.id}"`);
    const shown = JSON.parse(live.findLast((line) => line !== "") ?? "") as Body;
    expect(shown.story.media).toHaveLength(1);
    const { author } = shown.story;
    const newest = async () => {
      const path = `/v1/accounts/${author.id}/stories`;
      const { body } = await send<{ items: Body["story"][] }>(server.url, { method: "GET", path });
      return body.items[0]?.media[0];
    };
    await expect.poll(async () => (await newest())?.state, { timeout: 30_000 }).toBe("ready");
    const url = (await newest())?.url ?? "";
    expect((await fetch(new URL(url, server.url))).headers.get("content-type")).toBe("image/webp");
    server.child.kill("SIGTERM");
    expect((await server.ended).code).toBe(0);
    expect(server.output()).not.toMatch(/"level":"(?:warn|error)"/);
  });

  it("has the same commands in each language", () => {
    expect(blocksOf(readme("README.ko.md"))).toEqual(blocksOf(readme("README.md")));
  });
});
