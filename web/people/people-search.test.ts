import { InfiniteQueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

vi.hoisted(() => {
  vi.stubGlobal("location", { origin: "http://maru.test" });
});
const { queries } = await import("../data/queries.ts");
const { searchedText, searchQuery } = await import("./people-search.ts");

interface Asked {
  readonly url: URL;
  readonly signal: AbortSignal;
  readonly answer: (status: number, body: object) => void;
}
let asked: Asked[];

beforeEach(() => {
  asked = [];
  queries.clear();
  vi.stubGlobal(
    "fetch",
    (request: Request) =>
      new Promise<Response>((resolve) => {
        asked.push({
          url: new URL(request.url),
          signal: request.signal,
          answer: (status, body) => {
            const type = status >= 400 ? "application/problem+json" : "application/json";
            resolve(
              new Response(JSON.stringify(body), { status, headers: { "content-type": type } }),
            );
          },
        });
      }),
  );
});
afterEach(() => {
  queries.clear();
});

const page = (...handles: string[]) => ({
  items: handles.map((handle, i) => ({
    id: `${i + 1}`,
    handle,
    name: handle,
    bio: "",
    avatarUrl: null,
    createdAt: "2026-01-01T00:00:00.000Z",
  })),
  nextCursor: null,
});

/** A search page on which one text is typed after another. */
function search() {
  const observer = new InfiniteQueryObserver(queries, searchQuery(""));
  const end = observer.subscribe(() => undefined);
  return {
    end,
    type(text: string) {
      observer.setOptions(searchQuery(text));
    },
    shown() {
      const { data, isPlaceholderData } = observer.getCurrentResult();
      const handles = data?.pages.flatMap(({ items }) => items.map(({ handle }) => handle));
      return { handles, isLoading: isPlaceholderData };
    },
  };
}

function askedFor(text: string): Asked | undefined {
  return asked.find(({ url }) => url.searchParams.get("handle") === text);
}

async function answer(text: string, status: number, body: object): Promise<void> {
  await vi.waitFor(() => {
    expect(askedFor(text)).toBeDefined();
  });
  askedFor(text)?.answer(status, body);
}

describe("what is looked for", () => {
  it.each([
    ["  Mina  Kim ", "Mina Kim"],
    ["@mina", "mina"],
    ["@", ""],
    ["   ", ""],
    ["미나", "미나"],
  ])("in %j is %j", (typed, text) => {
    expect(searchedText(typed)).toBe(text);
  });
});

describe("a search as one types", () => {
  it("asks for nothing before anything is typed", async () => {
    const { end } = search();
    await Promise.resolve();
    expect(asked).toHaveLength(0);
    end();
  });

  it("keeps what was found until the next answer is there", async () => {
    const { type, shown, end } = search();
    type("m");
    await answer("m", 200, page("max", "mina"));
    await vi.waitFor(() => {
      expect(shown()).toEqual({ handles: ["max", "mina"], isLoading: false });
    });
    type("mi");
    expect(shown()).toEqual({ handles: ["max", "mina"], isLoading: true });
    await answer("mi", 200, page("mina"));
    await vi.waitFor(() => {
      expect(shown()).toEqual({ handles: ["mina"], isLoading: false });
    });
    end();
  });

  it("an answer that comes late never takes the place of a newer one", async () => {
    const { type, shown, end } = search();
    type("m");
    await vi.waitFor(() => {
      expect(askedFor("m")).toBeDefined();
    });
    type("mi");
    await answer("mi", 200, page("mina"));
    await vi.waitFor(() => {
      expect(shown().handles).toEqual(["mina"]);
    });
    expect(askedFor("m")?.signal.aborted).toBe(true);
    await answer("m", 200, page("max", "mina"));
    await new Promise((resolve) => setImmediate(resolve));
    expect(shown()).toEqual({ handles: ["mina"], isLoading: false });
    end();
  });

  it("finds nobody where the server takes no such name", async () => {
    const { type, shown, end } = search();
    type("a\u0007");
    await answer("a\u0007", 400, {
      code: "request.invalid",
      status: 400,
      title: "",
      detail: "",
      type: "",
    });
    await vi.waitFor(() => {
      expect(shown()).toEqual({ handles: [], isLoading: false });
    });
    end();
  });
});
