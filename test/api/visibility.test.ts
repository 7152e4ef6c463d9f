import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectStatus, type Reply } from "../support/api-client.ts";
import { cases } from "./relations.ts";
import { face, idOfNothing, openSightWorld, type SightWorld } from "./sight-world.ts";
import {
  answerStatus,
  hasInFeed,
  isHidden,
  personRules,
  privateListStatus,
  sees,
  storyRules,
} from "./sight.ts";

let world: SightWorld;

beforeAll(async () => {
  world = await openSightWorld();
});

afterAll(async () => {
  await world.close();
});

describe.each(cases)("to $name", (one) => {
  const { relation } = one;
  const bodies: Readonly<Record<string, unknown>> = {
    "PATCH ": { text: "put otherwise" },
    "POST /comments": { text: "so it is" },
  };

  it("each route of a story answers by its visibility alone", async () => {
    const viewer = world.viewerOf(one);
    const found = await Promise.all(
      world.authorOf(one).stories.map(async (story) => {
        const ofStory: string[] = [];
        for (const [rule, statusOf] of Object.entries(storyRules)) {
          const [method = "", rest = ""] = rule.split(" ");
          const status = statusOf(relation, story);
          const endsIt = method === "DELETE" && rest === "" && status === 204 && !story.deleted;
          const bringsItBack = rest === "/restore" && status === 200 && story.deleted;
          if (endsIt || bringsItBack) {
            continue;
          }
          const target = (id: string): string => `/v1/stories/${id}${rest}`;
          const wanted = { id: story.id, status, what: story.what };
          const request = { method, target, body: bodies[rule] };
          ofStory.push(...(await world.differences(viewer, request, wanted)));
        }
        return ofStory;
      }),
    );
    expect(found.flat()).toEqual([]);
  });

  it("the account, its stories and its place in the search are there or not", async () => {
    const viewer = world.viewerOf(one);
    const { person, stories } = world.authorOf(one);
    const found: string[] = [];
    for (const [rule, statusOf] of Object.entries(personRules)) {
      const [method = "", rest = ""] = rule.split(" ");
      const target = (id: string): string => `/v1/accounts/${id}${rest}`;
      for (const id of [person.id, `@${person.handle}`]) {
        const wanted = { id, status: statusOf(relation), what: id };
        found.push(...(await world.differences(viewer, { method, target }, wanted)));
      }
    }
    expect(found).toEqual([]);
    if (!isHidden(relation)) {
      const listed = await world.send(viewer, "GET", `/v1/accounts/${person.id}/stories?limit=100`);
      const seen = stories.filter((story) => sees(relation, story)).map(({ id }) => id);
      expect(listed.body.items.map(({ id }) => id)).toEqual(seen.reverse());
      const { body } = await world.send(viewer, "GET", `/v1/accounts/${person.id}`);
      expect(body.relationship).toEqual(
        viewer === null
          ? undefined
          : {
              friend: relation.friend,
              following: relation.following,
              followedBy: relation.followedBy,
              muted: relation.mutes,
              blocked: relation.blocks,
            },
      );
    }
    for (const prefix of [person.handle, "@the_auth", "THE_A"]) {
      const answer = await world.send(viewer, "GET", `/v1/accounts?handle=${prefix}`);
      const isFound = answer.body.items.some(({ id }) => id === person.id);
      expect(isFound, `search of ${prefix}`).toBe(!isHidden(relation));
    }
  });

  it("lists of people are shown as far as the author's privacy allows", async () => {
    const viewer = world.viewerOf(one);
    const { person } = world.authorOf(one);
    const found: string[] = [];
    for (const setting of ["everyone", "friends", "nobody"] as const) {
      if (!relation.authorIsGone) {
        expectStatus(await person.patch("/v1/accounts/me", { privacy: setting }), 200);
      }
      for (const list of ["friends", "followers", "following"] as const) {
        const status = privateListStatus(relation, setting);
        const target = (id: string): string => `/v1/accounts/${id}/${list}`;
        const wanted = { id: person.id, status, what: `${list} for ${setting}` };
        found.push(...(await world.differences(viewer, { method: "GET", target }, wanted)));
      }
    }
    expect(found).toEqual([]);
  });

  it("what the author did on other people's stories shows where the author shows", async () => {
    const viewer = world.viewerOf(one);
    const { person } = world.authorOf(one);
    const comments = await world.send(
      viewer,
      "GET",
      `/v1/stories/${world.witnessStoryId}/comments?limit=100`,
    );
    const likes = await world.send(
      viewer,
      "GET",
      `/v1/stories/${world.witnessStoryId}/likes?limit=100`,
    );
    const shows = !isHidden(relation);
    expect(comments.body.items.some((item) => item.author.id === person.id)).toBe(shows);
    expect(likes.body.items.some((item) => item.id === person.id)).toBe(shows);
  });

  it("the feed has what is seen of those whom the viewer chose", async () => {
    const viewer = world.viewerOf(one);
    if (viewer === null) {
      expect((await world.send(null, "GET", "/v1/feed")).status).toBe(401);
      return;
    }
    const { person, stories } = world.authorOf(one);
    const feed = await viewer.walk("/v1/feed", 3);
    const ofAuthor = feed.filter(({ story }) => story.author.id === person.id);
    const wanted = stories.filter((story) => hasInFeed(relation, story)).map(({ id }) => id);
    expect(ofAuthor.map(({ id }) => id)).toEqual(wanted.reverse());
    const reshared = feed.filter(({ story }) => story.id === world.unknownStoryId);
    const isReshared = hasInFeed(relation, { visibility: "public", deleted: false });
    expect(reshared.map(({ reason }) => reason.by.map(({ id }) => id))).toEqual(
      isReshared ? [[person.id]] : [],
    );
  });
});

describe("an answer to a comment", () => {
  it.each(cases)("is possible where it shows: $name", async (one) => {
    const viewer = world.viewerOf(one);
    const target = `/v1/stories/${world.witnessStoryId}/comments`;
    const answerTo = (parentId: string): Promise<Reply> =>
      world.send(viewer, "POST", target, { text: "so you say", parentId });
    const answered = await answerTo(world.authorOf(one).commentId);
    expect(answered.status).toBe(answerStatus(one.relation));
    if (answered.status === 201) {
      const { id } = answered.body.comment;
      expectStatus(await world.send(viewer, "DELETE", `/v1/comments/${id}`), 204);
    } else {
      expect(face(answered)).toEqual(face(await answerTo(idOfNothing)));
    }
  });
});
