import {
  connectApi,
  expectStatus,
  type Api,
  type Person,
  type Reply,
} from "../support/api-client.ts";
import { startTestNode, type TestNode } from "../support/node.ts";
import { cases, relate, type Case } from "./relations.ts";
import type { Shown } from "./sight.ts";

/** A story of the author's, as it stands when it is looked at. */
export interface Specimen extends Shown {
  readonly id: string;
  readonly what: string;
}

/** Somebody with one story of each kind, and with a comment, a like and a reshare on a story of another's. */
export interface Author {
  readonly person: Person;
  readonly stories: readonly Specimen[];
  readonly commentId: string;
}

/** Authors, and for each case somebody who stands to one of them as the case says. */
export interface SightWorld {
  readonly node: TestNode;
  readonly author: Author;
  /** Whom everybody follows, and whose public story the authors comment on, like and reshare. */
  readonly witness: Person;
  readonly witnessStoryId: string;
  /** Of whom nobody knows but by the authors' reshare. */
  readonly unknownStoryId: string;
  readonly viewers: ReadonlyMap<Case, Person | null>;
  authorOf(one: Case): Author;
  viewerOf(one: Case): Person | null;
  send(viewer: Person | null, method: string, target: string, body?: unknown): Promise<Reply>;
  /**
   * Asks, and gives what differs from the expected status; a 404 is also held against the answer
   * for an id of nothing, which must be the same to the last header.
   */
  differences(
    viewer: Person | null,
    request: Asking,
    wanted: { readonly id: string; readonly status: number; readonly what: string },
  ): Promise<string[]>;
  close(): Promise<void>;
}

interface Asking {
  readonly method: string;
  readonly target: (id: string) => string;
  readonly body?: unknown;
}

/** An id that is none of anything's: given at a time before all of the others. */
export const idOfNothing = "1234567890123456789";

/** What of an answer anybody could look at to tell what is hidden from what is not there. */
export function face({ status, headers, text }: Reply): unknown {
  const { date: _date, "x-request-id": requestId = "", ...others } = headers;
  return { status, headers: others, text: text.replaceAll(requestId, "") };
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

export async function openSightWorld(): Promise<SightWorld> {
  const node = await startTestNode();
  const api = await connectApi(node.url);
  const [witness, unknown] = await api.people("witness", "unknown");
  const witnessStoryId = (await witness.publish("what everybody sees")).id;
  const unknownStoryId = (await unknown.publish("what one sees by a reshare")).id;

  async function newAuthor(handle: string): Promise<Author> {
    const person = await api.signUp(handle);
    const stories = await publishAll(person);
    for (const reaction of [`${witnessStoryId}/like`, `${unknownStoryId}/reshare`]) {
      expectStatus(await person.put(`/v1/stories/${reaction}`), 204);
    }
    const comment = await person.comment(witnessStoryId, `as ${handle} sees it`);
    return { person, stories, commentId: comment.id };
  }

  const author = await newAuthor("the_author");
  const gone = await newAuthor("the_author_who_is_gone");
  const authorOf = ({ relation }: Case): Author => (relation.authorIsGone ? gone : author);
  const viewers = new Map<Case, Person | null>();
  for (const [at, one] of cases.entries()) {
    const viewer = await viewerFor(one, `viewer_${String(at)}`);
    viewers.set(one, viewer);
    if (viewer !== null) {
      await relate(viewer, authorOf(one).person, one.steps);
      expectStatus(await viewer.put(`/v1/follows/${witness.id}`), 204);
    }
  }
  const { person } = gone;
  expectStatus(await person.delete("/v1/accounts/me", { password: person.password }), 204);

  async function viewerFor({ relation }: Case, handle: string): Promise<Person | null> {
    if (relation.viewer === "nobody") {
      return null;
    }
    return relation.viewer === "author" ? author.person : await api.signUp(handle);
  }

  const send = sender(api);
  return {
    node,
    author,
    witness,
    witnessStoryId,
    unknownStoryId,
    viewers,
    authorOf,
    viewerOf: (one) => viewers.get(one) ?? null,
    send,
    async differences(viewer, { method, target, body }, wanted) {
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
    },
    async close() {
      api.close();
      await node.stop();
    },
  };
}

function sender(api: Api): SightWorld["send"] {
  return (viewer, method, target, body) => {
    const options = body === undefined ? {} : { body };
    return viewer === null
      ? api.send(method, target, options)
      : viewer.send(method, target, options);
  };
}
