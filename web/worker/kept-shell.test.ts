import { describe, expect, it, vi } from "vitest";
import { createKeptShell, isPagePath } from "./kept-shell.ts";

const pageOf = (build: string): string => `<meta name="maru-build" content="${build}">`;

/** Caches as browsers have them, as far as they are used. */
function fakeCaches() {
  const all = new Map<string, Map<string, Response>>();
  const pathOf = (request: RequestInfo | URL): string =>
    new URL(request instanceof Request ? request.url : String(request), "http://maru.example")
      .pathname;
  const cacheOf = (name: string): Cache => {
    const kept = all.get(name) ?? new Map<string, Response>();
    all.set(name, kept);
    const cache: Partial<Cache> = {
      match: async (request) => kept.get(pathOf(request))?.clone(),
      put: async (request, response) => void kept.set(pathOf(request), response),
      async addAll(requests) {
        const responses = await Promise.all([...requests].map((request) => world.fetch(request)));
        if (responses.some(({ ok }) => !ok)) {
          throw new TypeError("a file is not there");
        }
        [...requests].forEach((request, i) => kept.set(pathOf(request), responses[i]!));
      },
    };
    return cache as Cache;
  };
  const caches = {
    open: async (name: string) => cacheOf(name),
    delete: async (name: string) => all.delete(name),
    keys: async () => [...all.keys()],
    match: async (request: RequestInfo | URL) =>
      [...all.values()]
        .map((kept) => kept.get(pathOf(request)))
        .find(Boolean)
        ?.clone(),
  };
  return { all, caches };
}

/** What the server has now, by path. */
const world = {
  served: new Map<string, string>(),
  fetch: vi.fn(async (request: RequestInfo | URL): Promise<Response> => {
    const text = world.served.get(
      request instanceof Request ? new URL(request.url).pathname : String(request),
    );
    return new Response(text ?? "", { status: text === undefined ? 404 : 200 });
  }),
};

function serve(build: string): void {
  world.served = new Map([
    ["/", pageOf(build)],
    [`/assets/${build}.js`, build],
    ["/icons/maru.svg", `icon of ${build}`],
  ]);
}

const never = new Promise<never>(() => undefined);

function shellOf(
  build: string,
  { caches }: ReturnType<typeof fakeCaches>,
  pause = () => never as Promise<void>,
) {
  const files = [`/assets/${build}.js`, "/icons/maru.svg"];
  return createKeptShell({ shell: { build, files }, caches, fetch: world.fetch, pause });
}

const textOf = async (response: Promise<Response>): Promise<string> => (await response).text();
const lost = () => Promise.reject<Response>(new TypeError("Failed to fetch"));
const asset = (build: string) => new Request(`http://maru.example/assets/${build}.js`);

describe("the kept shell", () => {
  it("is all of a build: its page and its files", async () => {
    serve("one");
    const kept = shellOf("one", fakeCaches());
    await kept.keep();
    world.served.clear();
    expect(await textOf(kept.page(lost()))).toBe(pageOf("one"));
    expect(await textOf(kept.file(asset("one")))).toBe("one");
  });

  it.each([
    ["the page is of another build", () => world.served.set("/", pageOf("two"))],
    ["a file is not there", () => world.served.delete("/assets/one.js")],
    ["the server does not answer", () => world.fetch.mockRejectedValueOnce(new TypeError("gone"))],
  ])("is nothing when %s", async (_, break_) => {
    serve("one");
    break_();
    const browser = fakeCaches();
    await expect(shellOf("one", browser).keep()).rejects.toThrow();
    expect(browser.all.size).toBe(0);
  });

  it("keeps the build before it, whose pages may be open, and none that is older", async () => {
    const browser = fakeCaches();
    for (const build of ["one", "two", "three"]) {
      serve(build);
      await shellOf(build, browser).keep();
    }
    const kept = shellOf("three", browser);
    await kept.forgetOlder();
    world.served.clear();
    expect(await textOf(kept.file(asset("two")))).toBe("two");
    expect((await kept.file(asset("one"))).status).toBe(404);
    const icon = new Request("http://maru.example/icons/maru.svg");
    expect(await textOf(kept.file(icon))).toBe("icon of three");
  });
});

describe("a page", () => {
  const browser = fakeCaches();

  it("comes from the network when that answers in time", async () => {
    serve("one");
    const kept = shellOf("one", browser);
    await kept.keep();
    expect(await textOf(kept.page(Promise.resolve(new Response("fresh"))))).toBe("fresh");
    const missing = new Response("nothing here", { status: 404 });
    expect((await kept.page(Promise.resolve(missing))).status).toBe(404);
  });

  it.each([
    ["the network is gone", lost],
    ["the server is broken", () => Promise.resolve(new Response("", { status: 503 }))],
  ])("is the kept one when %s", async (_, network) => {
    expect(await textOf(shellOf("one", browser).page(network()))).toBe(pageOf("one"));
  });

  it("is the kept one when the network takes too long", async () => {
    const pause = vi.fn(() => Promise.resolve());
    expect(await textOf(shellOf("one", browser, pause).page(never))).toBe(pageOf("one"));
    expect(pause).toHaveBeenCalledWith(3_000);
  });

  it("is waited for when none is kept", async () => {
    const empty = shellOf("one", fakeCaches(), () => Promise.resolve());
    const late = Promise.resolve(new Response("late", { status: 503 }));
    expect(await textOf(empty.page(late))).toBe("late");
  });
});

it.each([
  ["/", true],
  ["/@somebody/friends", true],
  ["/stories/12", true],
  ["/v1/feed", false],
  ["/docs", false],
  ["/openapi.json", false],
  ["/client.json", false],
  ["/assets/a.js", false],
  ["/media/12.secret/video.mp4", false],
])("%s is a page of the client: %s", (path, expected) => {
  expect(isPagePath(path)).toBe(expected);
});
