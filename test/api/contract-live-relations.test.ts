import { describe, expect, it } from "vitest";
import { expectStatus, type Reply } from "../support/api-client.ts";
import { listen, type LiveStream } from "../support/api-live.ts";
import { lastWord } from "./listening.ts";
import { startedApi } from "./started-api.ts";

const world = startedApi();

describe("how two people stand to each other", () => {
  /** What each of two people hears of what one of them does. */
  async function twoListening(name: string, { areFriends = false } = {}) {
    const [one, other] = await world.api.people(`${name}_one`, `${name}_two`);
    if (areFriends) {
      await one.befriend(other);
      await world.settled();
    }
    const streams = [await listen(world.node.url, one), await listen(world.node.url, other)];
    const [ofOne, ofOther] = streams as [LiveStream, LiveStream];
    return {
      one,
      other,
      ofOne,
      ofOther,
      async told(who: "one" | "other", after: string): Promise<void> {
        const [stream, by, about] = who === "one" ? [ofOne, one, other] : [ofOther, other, one];
        const { relationship } = (await by.get(`/v1/accounts/${about.id}`)).body;
        await stream.until(`what the profile says after: ${after}`, () => {
          const { data } = stream.of("relationship").at(-1) ?? {};
          return (
            data?.account === about.id &&
            JSON.stringify(data.relationship) === JSON.stringify(relationship)
          );
        });
      },
      close() {
        ofOne.close();
        ofOther.close();
      },
    };
  }

  it("is told to both after every change that both may know of", async () => {
    const { one, other, ofOne, ofOther, told, close } = await twoListening("standing");
    const changes: readonly (readonly [string, () => Promise<Reply>])[] = [
      ["ask", () => one.put(`/v1/friends/${other.id}`)],
      ["withdraw", () => one.delete(`/v1/friends/${other.id}`)],
      ["ask again", () => one.put(`/v1/friends/${other.id}`)],
      ["decline", () => other.delete(`/v1/friends/${one.id}`)],
      ["ask once more", () => one.put(`/v1/friends/${other.id}`)],
      ["accept", () => other.put(`/v1/friends/${one.id}`)],
      ["follow", () => other.put(`/v1/follows/${one.id}`)],
      ["unfollow", () => other.delete(`/v1/follows/${one.id}`)],
      ["unfriend", () => one.delete(`/v1/friends/${other.id}`)],
    ];
    for (const [index, [what, act]] of changes.entries()) {
      expect((await act()).status, what).toBeLessThan(300);
      await told("one", what);
      await told("other", what);
      expect(ofOne.of("relationship"), what).toHaveLength(index + 1);
      expect(ofOther.of("relationship"), what).toHaveLength(index + 1);
    }
    close();
  });

  it("is told to the own devices alone after a mute", async () => {
    const { one, other, ofOther, told, close } = await twoListening("muting", {
      areFriends: true,
    });
    expectStatus(await one.put(`/v1/mutes/${other.id}`), 204);
    await told("one", "mute");
    expectStatus(await one.delete(`/v1/mutes/${other.id}`), 204);
    await told("one", "unmute");
    await lastWord(ofOther, one);
    expect(ofOther.of("relationship")).toEqual([]);
    close();
  });

  it("shows a block as the end of what there was, and of nothing where nothing was", async () => {
    const nothing = {
      friend: "none",
      following: false,
      followedBy: false,
      muted: false,
      blocked: false,
    };
    const friends = await twoListening("parting", { areFriends: true });
    expectStatus(await friends.one.put(`/v1/blocks/${friends.other.id}`), 204);
    await friends.ofOther.until("the reset", ({ of }) => of("reset").length > 0);
    expect(friends.ofOther.of("relationship").at(-1)?.data).toEqual({
      account: friends.one.id,
      relationship: nothing,
    });
    await friends.ofOne.until("the block", ({ of }) => {
      return of("relationship").at(-1)?.data.relationship["blocked"] === true;
    });
    const told = friends.ofOther.of("relationship").length;
    const later = friends.ofOther.of("reset").length;
    expectStatus(await friends.one.delete(`/v1/blocks/${friends.other.id}`), 204);
    await friends.ofOther.until("the next reset", ({ of }) => of("reset").length > later);
    expect(friends.ofOther.of("relationship")).toHaveLength(told);
    friends.close();

    const strangers = await twoListening("passing");
    expectStatus(await strangers.one.put(`/v1/blocks/${strangers.other.id}`), 204);
    await strangers.ofOther.until("the reset", ({ of }) => of("reset").length > 0);
    expect(strangers.ofOther.of("relationship")).toEqual([]);
    strangers.close();
  });
});
