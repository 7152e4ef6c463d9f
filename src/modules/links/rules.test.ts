import { describe, expect, it } from "vitest";
import { whenFetched, whenNamed, type LinkState, type Standing } from "./rules.ts";

const nowMs = 1_000_000_000;
const standing = (state: LinkState, more: Partial<Standing> = {}): Standing => ({
  state,
  isAsked: false,
  refreshAfterMs: nowMs + 1,
  attempts: 0,
  ...more,
});
const stale = { refreshAfterMs: nowMs };

describe("a story that names a link", () => {
  it.each([
    ["asks for it where it is new", standing("wanted", stale), true, "asks"],
    [
      "waits where somebody has asked",
      standing("wanted", { ...stale, isAsked: true }),
      true,
      "waits",
    ],
    ["waits where it is tried again later", standing("wanted"), true, "waits"],
    ["is told what is known", standing("ready"), true, "told"],
    ["asks where that is old", standing("ready", stale), true, "asks"],
    [
      "waits where that is being fetched anew",
      standing("ready", { ...stale, isAsked: true }),
      true,
      "waits",
    ],
    ["is told what is old where it is not new to it", standing("ready", stale), false, "told"],
    ["waits where there is nothing", standing("none"), true, "waits"],
    ["asks where there was nothing a day ago", standing("none", stale), true, "asks"],
    [
      "asks where there was nothing a day ago, though it has waited",
      standing("none", stale),
      false,
      "asks",
    ],
  ])("%s", (_name, before, isNew, answer) => {
    expect(whenNamed(before, { isNew, nowMs })).toBe(answer);
  });
});

describe("a fetch", () => {
  const minuteMs = 60_000;
  const dayMs = 24 * 60 * minuteMs;
  const asked = { isAsked: true };
  const settled = (before: Standing, kind: "nothing" | "later" | "unwanted"): object => {
    const { standing: after, shown } = whenFetched(before, { kind }, nowMs);
    return { ...after, refreshAfterMs: (after.refreshAfterMs - nowMs) / minuteMs, shown };
  };

  it("that finds something makes it ready for a week, or an hour where its picture is away", () => {
    const found = {
      kind: "found",
      said: { title: "A", description: null },
      picture: null,
      isPictureAway: false,
    } as const;
    const before = standing("wanted", { ...asked, attempts: 2 });
    expect(whenFetched(before, found, nowMs)).toEqual({
      standing: { state: "ready", isAsked: false, attempts: 0, refreshAfterMs: nowMs + 7 * dayMs },
      shown: found,
    });
    const { standing: after } = whenFetched(before, { ...found, isPictureAway: true }, nowMs);
    expect(after).toMatchObject({ state: "ready", refreshAfterMs: nowMs + 60 * minuteMs });
  });

  it.each(["wanted", "ready", "none"] as const)(
    "that finds nothing settles it for a day: %s",
    (state) => {
      expect(settled(standing(state, asked), "nothing")).toEqual({
        state: "none",
        isAsked: false,
        attempts: 0,
        refreshAfterMs: 24 * 60,
        shown: null,
      });
    },
  );

  it("that fails is tried again three times, and then there is nothing for a day", () => {
    const waits = [0, 1, 2, 3].map((attempts) =>
      settled(standing("wanted", { ...asked, attempts }), "later"),
    );
    expect(waits).toMatchObject([
      { state: "wanted", attempts: 1, refreshAfterMs: 1 },
      { state: "wanted", attempts: 2, refreshAfterMs: 10 },
      { state: "wanted", attempts: 3, refreshAfterMs: 60 },
      { state: "none", attempts: 0, refreshAfterMs: 24 * 60 },
    ]);
  });

  it("that fails leaves what is known as it is, for an hour", () => {
    expect(settled(standing("ready", asked), "later")).toMatchObject({
      state: "ready",
      refreshAfterMs: 60,
      shown: "as before",
    });
  });

  it("that nobody wants changes nothing, and is asked for again at once", () => {
    expect(settled(standing("wanted", asked), "unwanted")).toMatchObject({
      state: "wanted",
      isAsked: false,
      refreshAfterMs: 0,
      shown: "as before",
    });
  });
});
