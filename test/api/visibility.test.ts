import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  connectApi,
  expectStatus,
  type Api,
  type Person,
  type Reply,
} from "../support/api-client.ts";
import { listen, type LiveStream } from "../support/api-live.ts";
import { startTestNode, type TestNode } from "../support/node.ts";
import { cases, relate, type Case } from "./relations.ts";
import {
  answerStatus,
  beginStatus,
  blockStatus,
  endStatus,
  hasInFeed,
  isHidden,
  personRules,
  privateListStatus,
  removeCommentStatus,
  sees,
  storyRules,
  type Shown,
} from "./sight.ts";

/** A story of the author's, as it stands when it is looked at. */
interface Specimen extends Shown {
  readonly id: string;
  readonly what: string;
}

/** Somebody with one story of each kind, and with a comment, a like and a reshare on a story of another's. */
interface Author {
  readonly person: Person;
  readonly stories: readonly Specimen[];
  readonly commentId: string;
}

let node: TestNode;
let api: Api;
let author: Author;
let gone: Author;
/** Whom everybody follows, and whose public story the authors comment on, like and reshare. */
let witness: Person;
let witnessStoryId: string;
/** Whom nobody knows but by the authors' reshare. */
let unknownStoryId: string;
const viewers = new Map<Case, Person | null>();

/** An id that is none of anything's: given at a time before all of the others. */
const idOfNothing = "1234567890123456789";

function authorOf({ relation }: Case): Author {
  return relation.authorIsGone ? gone : author;
}

function viewerOf(one: Case): Person | null {
  return viewers.get(one) ?? null;
}

function send(
  viewer: Person | null,
  method: string,
  target: string,
  body?: unknown,
): Promise<Reply> {
  const options = body === undefined ? {} : { body };
  return viewer === null ? api.send(method, target, options) : viewer.send(method, target, options);
}

async function publishAll(person: Person): Promise<Specimen[]> {
  const stories: Specimen[] = [];
  const visibilities = ["public", "friends", "self"] as const;
  for (const visibility of visibilities) {
    const { id } = await person.publish(`for ${visibility}`, { visibility });
    stories.push({ id, what: visibility, visibility, deleted: false });
  }
  for (const visibility of visibilities) {
    const { id } = await person.publish(`${visibility}, not for long`, { visibility });
    expectStatus(await person.delete(`/v1/stories/${id}`), 204);
    stories.push({ id, what: `deleted ${visibility}`, visibility, deleted: true });
  }
  for (const [from, to] of [
    ["public", "friends"],
    ["public", "self"],
    ["self", "public"],
  ] as const) {
    const { id } = await person.publish(`first ${from}, then ${to}`, { visibility: from });
    expectStatus(await person.patch(`/v1/stories/${id}`, { visibility: to }), 200);
    stories.push({ id, what: `${from}, then ${to}`, visibility: to, deleted: false });
  }
  return stories;
}

async function newAuthor(handle: string): Promise<Author> {
  const person = await api.signUp(handle);
  const stories = await publishAll(person);
  for (const reaction of [`${witnessStoryId}/like`, `${unknownStoryId}/reshare`]) {
    expectStatus(await person.put(`/v1/stories/${reaction}`), 204);
  }
  const comment = await person.comment(witnessStoryId, `as ${handle} sees it`);
  return { person, stories, commentId: comment.id };
}

beforeAll(async () => {
  node = await startTestNode();
  api = await connectApi(node.url);
  const [known, unknown] = await api.people("witness", "unknown");
  witness = known;
  witnessStoryId = (await witness.publish("what everybody sees")).id;
  unknownStoryId = (await unknown.publish("what one sees by a reshare")).id;
  author = await newAuthor("the_author");
  gone = await newAuthor("the_author_who_is_gone");
  for (const [at, one] of cases.entries()) {
    const { viewer } = one.relation;
    const person =
      viewer === "nobody"
        ? null
        : viewer === "author"
          ? author.person
          : await api.signUp(`viewer_${String(at)}`);
    viewers.set(one, person);
    if (person !== null) {
      await relate(person, authorOf(one).person, one.steps);
      expectStatus(await person.put(`/v1/follows/${witness.id}`), 204);
    }
  }
  const { person } = gone;
  expectStatus(await person.delete("/v1/accounts/me", { password: person.password }), 204);
});

afterAll(async () => {
  api.close();
  await node.stop();
});

/** What of an answer anybody could look at to tell what is hidden from what is not there. */
function face({ status, headers, text }: Reply): unknown {
  const { date: _date, "x-request-id": requestId = "", ...others } = headers;
  return { status, headers: others, text: text.replaceAll(requestId, "") };
}

/**
 * Asks, and gives what differs from the expected status; a 404 is also held against the answer
 * for an id of nothing, which must be the same to the last header.
 */
async function differences(
  viewer: Person | null,
  request: {
    readonly method: string;
    readonly target: (id: string) => string;
    readonly body?: unknown;
  },
  wanted: { readonly id: string; readonly status: number; readonly what: string },
): Promise<string[]> {
  const { method, target, body } = request;
  const reply = await send(viewer, method, target(wanted.id), body);
  const what = `${method} ${target("{id}")} of ${wanted.what}`;
  if (reply.status !== wanted.status) {
    return [`${what}: ${String(reply.status)} instead of ${String(wanted.status)}`];
  }
  if (reply.status !== 404 && reply.status !== 401) {
    return [];
  }
  const nothing = await send(viewer, method, target(idOfNothing), body);
  const [found, of] = [JSON.stringify(face(reply)), JSON.stringify(face(nothing))];
  return found === of ? [] : [`${what}: ${found} can be told from ${of}`];
}

describe.each(cases)("to $name", (one) => {
  const { relation } = one;
  const bodies: Readonly<Record<string, unknown>> = {
    "PATCH ": { text: "put otherwise" },
    "POST /comments": { text: "so it is" },
  };

  it("each route of a story answers by its visibility alone", async () => {
    const viewer = viewerOf(one);
    const found = await Promise.all(
      authorOf(one).stories.map(async (story) => {
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
          ofStory.push(...(await differences(viewer, request, wanted)));
        }
        return ofStory;
      }),
    );
    expect(found.flat()).toEqual([]);
  });

  it("the account, its stories and its place in the search are there or not", async () => {
    const viewer = viewerOf(one);
    const { person, stories } = authorOf(one);
    const found: string[] = [];
    for (const [rule, statusOf] of Object.entries(personRules)) {
      const [method = "", rest = ""] = rule.split(" ");
      const target = (id: string): string => `/v1/accounts/${id}${rest}`;
      for (const id of [person.id, `@${person.handle}`]) {
        const wanted = { id, status: statusOf(relation), what: id };
        found.push(...(await differences(viewer, { method, target }, wanted)));
      }
    }
    expect(found).toEqual([]);
    if (!isHidden(relation)) {
      const listed = await send(viewer, "GET", `/v1/accounts/${person.id}/stories?limit=100`);
      const seen = stories.filter((story) => sees(relation, story)).map(({ id }) => id);
      expect(listed.body.items.map(({ id }) => id)).toEqual(seen.reverse());
      const { body } = await send(viewer, "GET", `/v1/accounts/${person.id}`);
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
      const answer = await send(viewer, "GET", `/v1/accounts?handle=${prefix}`);
      const isFound = answer.body.items.some(({ id }) => id === person.id);
      expect(isFound, `search of ${prefix}`).toBe(!isHidden(relation));
    }
  });

  it("lists of people are shown as far as the author's privacy allows", async () => {
    const viewer = viewerOf(one);
    const { person } = authorOf(one);
    const found: string[] = [];
    for (const setting of ["everyone", "friends", "nobody"] as const) {
      if (!relation.authorIsGone) {
        expectStatus(await person.patch("/v1/accounts/me", { privacy: setting }), 200);
      }
      for (const list of ["friends", "followers", "following"] as const) {
        const status = privateListStatus(relation, setting);
        const target = (id: string): string => `/v1/accounts/${id}/${list}`;
        const wanted = { id: person.id, status, what: `${list} for ${setting}` };
        found.push(...(await differences(viewer, { method: "GET", target }, wanted)));
      }
    }
    expect(found).toEqual([]);
  });

  it("what the author did on other people's stories shows where the author shows", async () => {
    const viewer = viewerOf(one);
    const { person } = authorOf(one);
    const comments = await send(viewer, "GET", `/v1/stories/${witnessStoryId}/comments?limit=100`);
    const likes = await send(viewer, "GET", `/v1/stories/${witnessStoryId}/likes?limit=100`);
    const shows = !isHidden(relation);
    expect(comments.body.items.some((item) => item.author.id === person.id)).toBe(shows);
    expect(likes.body.items.some((item) => item.id === person.id)).toBe(shows);
  });

  it("the feed has what is seen of those whom the viewer chose", async () => {
    const viewer = viewerOf(one);
    if (viewer === null) {
      expect((await send(null, "GET", "/v1/feed")).status).toBe(401);
      return;
    }
    const { person, stories } = authorOf(one);
    const feed = await viewer.walk("/v1/feed", 3);
    const ofAuthor = feed.filter(({ story }) => story.author.id === person.id);
    const wanted = stories.filter((story) => hasInFeed(relation, story)).map(({ id }) => id);
    expect(ofAuthor.map(({ id }) => id)).toEqual(wanted.reverse());
    const reshared = feed.filter(({ story }) => story.id === unknownStoryId);
    const isReshared = hasInFeed(relation, { visibility: "public", deleted: false });
    expect(reshared.map(({ reason }) => reason.by.map(({ id }) => id))).toEqual(
      isReshared ? [[person.id]] : [],
    );
  });
});

describe("an answer to a comment", () => {
  it.each(cases)("is possible where it shows: $name", async (one) => {
    const viewer = viewerOf(one);
    const target = `/v1/stories/${witnessStoryId}/comments`;
    const answerTo = (parentId: string): Promise<Reply> =>
      send(viewer, "POST", target, { text: "so you say", parentId });
    const answered = await answerTo(authorOf(one).commentId);
    expect(answered.status).toBe(answerStatus(one.relation));
    if (answered.status === 201) {
      const { id } = answered.body.comment;
      expectStatus(await send(viewer, "DELETE", `/v1/comments/${id}`), 204);
    } else {
      expect(face(answered)).toEqual(face(await answerTo(idOfNothing)));
    }
  });
});

/** What the author publishes, changes and deletes while everybody listens, and a word to end with. */
async function actWatched(): Promise<Specimen[]> {
  const { person } = author;
  const stories: Specimen[] = [];
  for (const visibility of ["public", "friends", "self"] as const) {
    const { id } = await person.publish(`live for ${visibility}`, { visibility });
    stories.push({ id, what: visibility, visibility, deleted: false });
  }
  for (const { id } of stories) {
    expectStatus(await person.put(`/v1/stories/${id}/like`), 204);
    expectStatus(await person.patch(`/v1/stories/${id}`, { text: "put otherwise" }), 200);
    expectStatus(await person.delete(`/v1/stories/${id}`), 204);
  }
  return stories;
}

describe("while they listen", () => {
  it("nobody's stream tells of what its viewer does not have in the feed", async () => {
    const listening = new Map<Case, LiveStream>();
    for (const [one, viewer] of viewers) {
      if (viewer !== null) {
        listening.set(one, await listen(node.url, viewer));
      }
    }
    const stories = await actWatched();
    const last = await witness.publish("that was all");
    for (const [{ name, relation }, stream] of listening) {
      await stream.until("the last word", ({ events }) =>
        events.some(({ type, data }) => type === "story" && data.item.id === last.id),
      );
      const told = stream.events.flatMap(({ type, data }) =>
        type === "story" && data.item.id !== last.id
          ? [`story ${data.item.id}`]
          : type === "story.deleted"
            ? [`deleted ${data.id}`]
            : type === "story.updated"
              ? [`updated ${data.story.id}`]
              : [],
      );
      const had = stories.filter((story) => hasInFeed(relation, story)).map(({ id }) => id);
      // What is gone before the stream came to tell of it may go untold, but its end may not.
      const mayTell = had.flatMap((id) => [`story ${id}`, `updated ${id}`, `deleted ${id}`]);
      expect(
        told.filter((what) => !mayTell.includes(what)),
        name,
      ).toEqual([]);
      expect(told, name).toEqual(expect.arrayContaining(had.map((id) => `deleted ${id}`)));
      const counted = stream.of("counts").map(({ data }) => data.id);
      const hidden = stories.filter(({ id }) => !had.includes(id));
      expect(
        hidden.filter(({ id }) => counted.includes(id)),
        name,
      ).toEqual([]);
      stream.close();
    }
  });

  it("nobody without a viewer may listen", async () => {
    expect((await send(null, "GET", "/v1/feed/live")).status).toBe(401);
  });
});

/** Last, because it changes how everybody stands to the author. */
describe("the routes of friends, follows, mutes and blocks", () => {
  it.each(cases)("to $name", async (one) => {
    const { relation } = one;
    const viewer = viewerOf(one);
    const { id } = authorOf(one).person;
    const found: string[] = [];
    const ask = async (method: string, noun: string, status: number): Promise<Reply | null> => {
      const target = (other: string): string => `/v1/${noun}/${other}`;
      const reply = status < 300 ? await send(viewer, method, target(id)) : null;
      const wanted = { id, status: reply?.status ?? status, what: noun };
      if (reply === null) {
        found.push(...(await differences(viewer, { method, target }, wanted)));
      } else if (reply.status !== status) {
        found.push(`${method} ${noun}: ${String(reply.status)} instead of ${String(status)}`);
      }
      return reply;
    };
    for (const noun of ["mutes", "follows"]) {
      for (const [method, status] of [
        ["PUT", beginStatus(relation, 204)],
        ["PUT", beginStatus(relation, 204)],
        ["DELETE", endStatus(relation)],
        ["DELETE", endStatus(relation)],
      ] as const) {
        await ask(method, noun, status);
      }
    }
    const asked = await ask("PUT", "friends", beginStatus(relation, 200));
    const areFriends = relation.friend === "friends" || relation.friend === "received";
    if (asked !== null) {
      expect(asked.body).toEqual({ state: areFriends ? "friends" : "requested" });
    }
    await ask("DELETE", "friends", endStatus(relation));
    await ask("PUT", "blocks", blockStatus(relation));
    await ask("DELETE", "blocks", endStatus(relation));
    expect(found).toEqual([]);
  });
});

describe("a comment", () => {
  const there = cases.filter(({ relation }) => !relation.authorIsGone);
  it.each(there)("is removed by its author and the story's, not by $name", async (one) => {
    const { relation } = one;
    const { person: commenter } = authorOf(one);
    const viewer = viewerOf(one);
    // The relations have been changed since; each pair comes back to what the case says.
    if (viewer !== null && viewer !== commenter) {
      for (const [from, to] of [
        [viewer, commenter],
        [commenter, viewer],
      ] as const) {
        for (const noun of ["blocks", "friends", "follows", "mutes"]) {
          expectStatus(await from.delete(`/v1/${noun}/${to.id}`), 204);
        }
      }
      await relate(viewer, commenter, one.steps);
    }
    const other = await commenter.comment(witnessStoryId, "about to go");
    const found = await differences(
      viewer,
      { method: "DELETE", target: (id) => `/v1/comments/${id}` },
      { id: other.id, status: removeCommentStatus(relation), what: "a comment" },
    );
    expect(found).toEqual([]);
    expectStatus(await witness.delete(`/v1/comments/${other.id}`), 204);
  });
});
