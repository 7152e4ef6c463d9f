import { beforeEach, describe, expect, it, vi } from "vitest";
import { item, openStoryListWorld, settled } from "../../test/browser/support/story-list-world.ts";
import { newCountMax } from "./story-list.ts";

let { server, stories, list, later, shown, scrollToEnd, lookAtAll } = openStoryListWorld();

function begin(heldMax?: number): void {
  ({ server, stories, list, later, shown, scrollToEnd, lookAtAll } = openStoryListWorld(heldMax));
}

beforeEach(() => {
  begin();
});

describe("a list of stories", () => {
  it("reads page after page, without gap or repeat, to the end", async () => {
    for (let id = 1; id <= 11; id += 1) server.publish(id);
    list.start();
    await settled();
    expect(shown()).toEqual(["11", "10", "9", "8"]);
    await scrollToEnd();
    expect(shown()).toEqual(["11", "10", "9", "8", "7", "6", "5", "4", "3", "2", "1"]);
    expect(list.state().phase).toBe("end");
  });

  it("lets what is new wait until it is asked for", async () => {
    server.publish(1);
    list.start();
    await settled();
    list.add(server.publish(2));
    expect(shown()).toEqual(["1"]);
    expect(list.state().newCount).toBe(1);
    list.showNew();
    expect(shown()).toEqual(["2", "1"]);
    expect(list.state().newCount).toBe(0);
  });

  it("takes the first story of an empty list in at once", async () => {
    list.start();
    await settled();
    list.add(server.publish(1));
    expect(shown()).toEqual(["1"]);
  });

  it("puts a story that is brought back where it was", async () => {
    for (const id of [1, 2, 3]) server.publish(id);
    list.start();
    await settled();
    stories.remove("2");
    expect(shown()).toEqual(["3", "1"]);
    list.add(item(2));
    expect(shown()).toEqual(["3", "2", "1"]);
  });

  it("drops what the server shows no longer once it is in view after a refresh", async () => {
    for (let id = 1; id <= 10; id += 1) server.publish(id, id % 2);
    list.start();
    await scrollToEnd();
    server.items = server.items.filter(({ story: { author } }) => author.id !== "1");
    list.refresh();
    await settled();
    await lookAtAll();
    expect(shown()).toEqual(["10", "8", "6", "4", "2"]);
    // Somebody else may still look at them: they are out of this list, not gone.
    expect(stories.get("9")).not.toBe("gone");
  });

  it("finds what came while nobody listened, and says how many", async () => {
    server.publish(1);
    server.publish(2);
    list.start();
    await settled();
    list.look(0, 1);
    for (let id = 3; id <= 15; id += 1) server.publish(id);
    list.refresh();
    await settled();
    expect(shown()).toEqual(["2", "1"]);
    expect(list.state().newCount).toBe(13);
  });

  it("begins again at the top when too much is new to be counted", async () => {
    server.publish(1);
    list.start();
    await settled();
    list.look(0, 0);
    for (let id = 2; id <= newCountMax + 30; id += 1) server.publish(id);
    list.refresh();
    await settled();
    expect(list.state()).toMatchObject({ newCount: newCountMax, hasMoreNew: true });
    expect(shown()).toEqual(["1"]);
    list.showNew();
    await settled();
    await scrollToEnd();
    expect(shown()).toHaveLength(newCountMax + 30);
  });

  it("finds what came while its first page was on its way", async () => {
    server.publish(1);
    server.held = [];
    list.start();
    await settled();
    server.publish(2);
    list.refresh();
    server.letGo();
    await settled();
    list.look(0, 0);
    await settled();
    expect(shown()).toEqual(["1"]);
    expect(list.state().newCount).toBe(1);
  });

  it("looks at the top again where more was missed while it looked, however far below the reader is", async () => {
    for (let id = 1; id <= 12; id += 1) server.publish(id);
    list.start();
    await scrollToEnd();
    list.look(8, 10);
    await settled();
    server.held = [];
    list.refresh();
    await settled();
    server.publish(13);
    list.refresh();
    server.letGo();
    await settled();
    expect(list.state().newCount).toBe(1);
  });

  it("begins again at the top also while it reads on below", async () => {
    for (let id = 1; id <= 12; id += 1) server.publish(id);
    list.start();
    await settled();
    list.look(0, 3);
    for (let id = 13; id <= newCountMax + 30; id += 1) server.publish(id);
    list.refresh();
    await settled();
    server.held = [];
    list.more();
    await settled();
    list.showNew();
    server.letGo();
    await settled();
    const newest = newCountMax + 30;
    expect(shown()).toEqual([0, 1, 2, 3].map((n) => String(newest - n)));
  });

  it("does not take a story away for a page that was asked for before the story was there", async () => {
    server.publish(1);
    list.start();
    await settled();
    server.held = [];
    list.refresh();
    await settled();
    list.add(server.publish(2));
    list.showNew();
    server.letGo();
    await settled();
    expect(shown()).toEqual(["2", "1"]);
  });

  it("says when a page could not be read, and goes on by itself", async () => {
    for (let id = 1; id <= 6; id += 1) server.publish(id);
    list.start();
    await settled();
    server.failures = 1;
    list.more();
    await settled();
    expect(list.state().phase).toBe("failed");
    later.splice(0).forEach((job) => {
      job();
    });
    await settled();
    expect(shown()).toEqual(["6", "5", "4", "3", "2", "1"]);
  });

  it("reads again what was let go, when it comes back into view", async () => {
    begin(6);
    for (let id = 1; id <= 20; id += 1) server.publish(id);
    list.start();
    await scrollToEnd();
    expect(stories.get("20")).toBeUndefined();
    list.look(0, 2);
    await settled();
    expect([20, 19, 18].map((id) => typeof stories.get(`${id}`))).toEqual(Array(3).fill("object"));
    expect(stories.size()).toBeLessThanOrEqual(6);
  });

  it("asks for nothing while all that is in view is known", async () => {
    for (let id = 1; id <= 8; id += 1) server.publish(id);
    list.start();
    await scrollToEnd();
    const before = server.reads;
    await lookAtAll();
    expect(server.reads).toBe(before);
  });
});

describe("a listener", () => {
  it("hears of each change, and reads the same state until the next one", async () => {
    const heard = vi.fn();
    list.listen(heard);
    list.start();
    await settled();
    const calls = heard.mock.calls.length;
    const before = list.state();
    expect(calls).toBeGreaterThan(0);
    expect(list.state()).toBe(before);
    list.add(server.publish(1));
    expect(heard.mock.calls.length).toBeGreaterThan(calls);
    expect(list.state()).not.toBe(before);
    expect(list.state()).toBe(list.state());
  });
});
