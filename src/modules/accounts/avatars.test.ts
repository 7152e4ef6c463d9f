import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  openAccountsWorld,
  type AccountsWorld,
  type Joined,
} from "../../../test/support/accounts-world.ts";
import { internalContext } from "../../kernel/context.ts";
import type { EventEnvelope } from "../../ports/log.ts";

let world: AccountsWorld;
let anna: Joined;
let n = 0;

beforeAll(async () => {
  world = await openAccountsWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  n += 1;
  anna = await world.join(`anna_${String(n)}`);
});

async function update(avatarId: string | null): Promise<string | null | undefined> {
  const { token } = anna;
  const { status, body } = await world.ask("updateOwnAccount", { token, body: { avatarId } });
  expect(status).toBe(200);
  return body.account?.avatarUrl;
}

/** As the media module tells of it. */
async function changed(mediaId: string): Promise<void> {
  const context = internalContext("test");
  const accountIds = [String(anna.id)];
  const data = { mediaId, ownerId: accountIds[0], version: 2, storyIds: [], accountIds };
  const event = { type: "media.changed.v1", data } as unknown as EventEnvelope;
  for (const consumer of world.accounts.consumers) {
    await world.test.record.write(context, (tx) => consumer.handle(context, event, tx));
  }
}

async function avatarUrl(): Promise<string | null | undefined> {
  const [summary] = await world.accounts.contract.summaries(internalContext("test"), [anna.id]);
  return summary?.summary.avatarUrl;
}

describe("an avatar", () => {
  it("is told of when it is chosen, and has an address once it is there for everybody", async () => {
    world.media.put(anna.id, { id: "1", access: "signed" });
    expect(await update("1")).toBeNull();
    expect(world.test.events.at(-1)?.data).toMatchObject({ avatarId: "1" });
    world.media.put(anna.id, { id: "1", version: 2 });
    await changed("1");
    expect(await avatarUrl()).toBe("/media/1.secret/640.webp");
    const told = world.test.events.length;
    await changed("1");
    expect(world.test.events).toHaveLength(told);
  });

  it("is of the smallest picture that is large enough", async () => {
    const files = [1280, 640, 320, 40].map((width) => ({
      name: `${String(width)}.webp`,
      type: "image/webp",
      width,
    }));
    world.media.put(anna.id, { id: "2", files });
    expect(await update("2")).toBe("/media/2.secret/320.webp");
  });

  it("goes, and stays where only other things change", async () => {
    world.media.put(anna.id, { id: "3" });
    await update("3");
    const { token } = anna;
    await world.ask("updateOwnAccount", { token, body: { name: "Another" } });
    expect(await avatarUrl()).not.toBeNull();
    expect(world.test.events.at(-1)?.data).not.toHaveProperty("avatarId");
    expect(await update(null)).toBeNull();
    expect(world.test.events.at(-1)?.data).toMatchObject({ avatarId: null });
  });

  it("is not brought back by a fact that comes late", async () => {
    world.media.put(anna.id, { id: "4" });
    await update("4");
    await update(null);
    world.media.put(anna.id, { id: "4", version: 2 });
    await changed("4");
    expect(await avatarUrl()).toBeNull();
  });

  it("is none where the picture is gone", async () => {
    world.media.put(anna.id, { id: "8" });
    await update("8");
    world.media.remove("9");
    await changed("9");
    expect(await avatarUrl()).not.toBeNull();
    world.media.remove("8");
    await changed("8");
    expect(await avatarUrl()).toBeNull();
  });

  it("stays as new as it is when it is chosen again by who has read an older one", async () => {
    world.media.put(anna.id, { id: "10", version: 2 });
    await update("10");
    world.media.put(anna.id, { id: "10", version: 1, state: "processing" });
    const { token } = anna;
    const body = { avatarId: "10", name: "Another" };
    const { body: answer } = await world.ask("updateOwnAccount", { token, body });
    expect(answer.account).toMatchObject({
      name: "Another",
      avatarUrl: "/media/10.secret/640.webp",
    });
  });

  it.each([
    ["a video", "5"],
    ["somebody else's", "6"],
    ["nothing", "7"],
    ["no id", "x"],
  ])("is not %s", async (_name, avatarId) => {
    world.media.put(anna.id, { id: "5", kind: "video" });
    world.media.put(1n, { id: "6" });
    const { token } = anna;
    const answer = await world.ask("updateOwnAccount", { token, body: { avatarId, name: "\n" } });
    expect(answer.status).toBe(400);
    expect(answer.body.errors?.map(({ path }) => path)).toEqual(["/name", "/avatarId"]);
  });
});
