import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { ReadBackError } from "../server/read-back.ts";
import type { Served } from "../server/served-community.ts";
import { ask } from "./cell-bench.ts";
import type { MediaScene } from "./media-scene.ts";

/**
 * Many stories lead to one page at once: how often it is fetched, and how soon after the last of them all show
 * what it says. The page is served from this process.
 */
export const linkSettings = { MARU_LINK_ALLOW: "127.0.0.1/32" };
/** The only ones that a node fetches from. */
const ports = [8080, 8443, 80, 443] as const;
const authors = { from: 1_000, count: 20 } as const;
const atOnce = 32;
const pollMs = 100;
const withinMs = 60_000;
const title = "마루에 오신 것을 환영합니다";
const pagePath = "/page";
const picturePath = "/picture.jpg";

/** Nothing where none of the ports is free; `notes` says so. */
export async function measureLinks(
  scene: MediaScene,
  served: Served,
): Promise<{ readonly figures: Record<string, number>; readonly notes: readonly string[] }> {
  const picture = await readFile(scene.files.photos[0] ?? "");
  const asked: Record<string, number> = {};
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    asked[path] = (asked[path] ?? 0) + 1;
    if (path === picturePath) {
      response.writeHead(200, { "content-type": "image/jpeg" }).end(picture);
    } else {
      response
        .writeHead(200, { "content-type": "text/html; charset=utf-8" })
        .end(
          `<!doctype html><title>page</title><meta property="og:title" content="${title}">` +
            `<meta property="og:image" content="${picturePath}"><p>.`,
        );
    }
  });
  const port = await listen(server);
  if (port === null) {
    return {
      figures: {},
      notes: [
        `links are left out: a node fetches from ports ${ports.join(", ")}, and none is free`,
      ],
    };
  }
  try {
    const url = `http://127.0.0.1:${String(port)}${pagePath}`;
    const ids = await publishAll(scene, served, url);
    const publishedMs = performance.now();
    await untilShown(scene, served, ids);
    return {
      figures: {
        links_page_fetches: asked[pagePath] ?? 0,
        links_picture_fetches: asked[picturePath] ?? 0,
        links_other_fetches: Object.keys(asked).length - 2,
        links_stories: ids.size,
        links_all_shown_ms: performance.now() - publishedMs,
      },
      notes: [],
    };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** On the first port that is free. */
async function listen(server: Server): Promise<number | null> {
  for (const port of ports) {
    try {
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
      return port;
    } catch {
      // Taken, or not for this user.
    }
  }
  return null;
}

async function publishAll(
  { tokens, scale }: MediaScene,
  { node }: Served,
  link: string,
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  let next = 0;
  async function publishSome(): Promise<void> {
    while (next < scale.linkingStories) {
      const author = authors.from + (next % authors.count);
      next += 1;
      const body = { text: `같은 글을 읽고 ${String(next)}`, link };
      const text = await ask(node.url, tokens(author), "POST", "/v1/stories", body);
      ids.add((JSON.parse(text) as { story: { id: string } }).story.id);
    }
  }
  await Promise.all(Array.from({ length: atOnce }, publishSome));
  return ids;
}

interface Shown {
  readonly items: readonly {
    readonly id: string;
    readonly link: { readonly title: string | null; readonly imageUrl: string | null } | null;
  }[];
}

async function untilShown(
  { tokens, scale }: MediaScene,
  { node }: Served,
  ids: ReadonlySet<string>,
): Promise<void> {
  const limit = Math.ceil(scale.linkingStories / authors.count);
  const untilMs = performance.now() + withinMs;
  const shows = async (author: number): Promise<number> => {
    const me = JSON.parse(await ask(node.url, tokens(author), "GET", "/v1/accounts/me")) as {
      account: { id: string };
    };
    const path = `/v1/accounts/${me.account.id}/stories?limit=${String(limit)}`;
    const { items } = JSON.parse(await ask(node.url, tokens(author), "GET", path)) as Shown;
    const isShown = ({ id, link }: Shown["items"][number]): boolean =>
      ids.has(id) && link?.title === title && link.imageUrl !== null;
    return items.filter(isShown).length;
  };
  const everyone = Array.from({ length: authors.count }, (_, i) => authors.from + i);
  for (;;) {
    const counts = await Promise.all(everyone.map(shows));
    const shown = counts.reduce((sum, count) => sum + count, 0);
    if (shown === ids.size) {
      return;
    }
    if (performance.now() > untilMs) {
      throw new ReadBackError(`${shown} of ${ids.size} stories show what their link leads to`);
    }
    await pause(pollMs);
  }
}
