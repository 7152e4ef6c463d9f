import fc from "fast-check";
import { expect } from "vitest";
import type { Visibility } from "../../src/modules/stories/contract.ts";
import { password, type Call } from "./client.ts";
import type { CommunityModel, ModelStory } from "./community-model.ts";
import type { CommunityNodes, Recruit } from "./community-nodes.ts";
import type { ModelCommand } from "./graph-model.ts";

/** What people do to each other and to stories, on the nodes and in the model alike. */

/** More of what makes than of what ends, so that there is much to read. */
const peopleKinds = [
  ...["ask", "ask", "ask", "ask", "ask", "part", "follow", "follow", "follow", "unfollow"],
  ...["mute", "unmute", "unmute", "block", "unblock", "unblock", "deleteAccount"],
] as const;
const storyKinds = [
  ...["publish", "publish", "publish", "publish", "publish", "publish", "publish"],
  ...["edit", "narrow", "narrow", "delete", "restore", "like", "like", "unlike"],
  ...["reshare", "reshare", "reshare", "reshare", "unreshare", "comment", "comment", "reply"],
  "deleteComment",
] as const;
export type NodeKind = "read" | "hold" | "release" | "restart";
type Kind = (typeof peopleKinds)[number] | (typeof storyKinds)[number] | NodeKind;

export interface Step {
  readonly kind: Kind;
  readonly who: number;
  readonly other: number;
  readonly what: number;
}

export function stepsArbitrary(
  nodeKinds: readonly NodeKind[],
  max: number,
): fc.Arbitrary<readonly Step[]> {
  const step = fc.record({
    kind: fc.constantFrom<Kind>(...peopleKinds, ...storyKinds, ...nodeKinds),
    who: fc.nat({ max: 1000 }),
    other: fc.nat({ max: 1000 }),
    what: fc.nat({ max: 1000 }),
  });
  return fc.array(step, { minLength: Math.floor(max / 2), maxLength: max, size: "max" });
}

export interface Scene {
  readonly nodes: CommunityNodes;
  readonly model: CommunityModel;
  readonly people: readonly Recruit[];
}

const graphCalls: Readonly<Record<ModelCommand, readonly [Call["method"], string]>> = {
  ask: ["PUT", "friends"],
  part: ["DELETE", "friends"],
  follow: ["PUT", "follows"],
  unfollow: ["DELETE", "follows"],
  mute: ["PUT", "mutes"],
  unmute: ["DELETE", "mutes"],
  block: ["PUT", "blocks"],
  unblock: ["DELETE", "blocks"],
};
const visibilities: readonly Visibility[] = ["public", "public", "public", "friends", "self"];

function pick<T>(items: readonly T[], n: number): T | undefined {
  return items[n % Math.max(1, items.length)];
}

/** Does the step and expects the answer that the model gives; what nobody can do is left out. */
export async function perform(scene: Scene, step: Step): Promise<void> {
  const { nodes, model, people } = scene;
  const actor = pick(
    people.filter(({ id }) => !model.graph.gone.has(id)),
    step.who,
  );
  if (actor === undefined) {
    return;
  }
  const { kind } = step;
  if (kind === "hold" || kind === "release" || kind === "restart") {
    await nodes[kind]();
  } else if (kind === "deleteAccount") {
    await deleteAccount(scene, actor);
  } else if (kind in graphCalls) {
    await relate(scene, actor, kind as ModelCommand, step);
  } else if (kind !== "read") {
    await changeStories(scene, actor, step);
  }
}

async function relate(
  { nodes, model, people }: Scene,
  { id, token }: Recruit,
  command: ModelCommand,
  { other }: Step,
): Promise<void> {
  const target = pick(people, other)!.id;
  const [method, noun] = graphCalls[command];
  const path = `/v1/${noun}/${String(target)}`;
  const { status, body } = await nodes.send<{ state?: string } | null>({ method, path, token });
  const answer = model.graph.give(command, id, target);
  expect([status, body?.state], `${method} ${path}`).toEqual([answer.status, answer.state]);
}

/** At once nobody meets the person any more; what they made is erased soon after. */
async function deleteAccount(
  { nodes, model, people }: Scene,
  { id, token }: Recruit,
): Promise<void> {
  if (model.living().length <= 2) {
    return;
  }
  const path = "/v1/accounts/me";
  const { status } = await nodes.send({ method: "DELETE", path, token, body: { password } });
  expect(status, "deleting an account").toBe(204);
  model.erase(id);
  await nodes.settled();
  expect((await nodes.send({ method: "GET", path, token })).status, "a dead token").toBe(401);
  for (const { id: otherId, token: otherToken } of people) {
    if (!model.graph.gone.has(otherId)) {
      const call: Call = { method: "GET", path: `/v1/accounts/${String(id)}`, token: otherToken };
      expect((await nodes.send(call)).status, "an account that is gone").toBe(404);
    }
  }
}

async function changeStories(scene: Scene, actor: Recruit, step: Step): Promise<void> {
  const { nodes, model } = scene;
  const { kind, what, other } = step;
  const { id, token } = actor;
  if (kind === "publish") {
    const visibility = pick(visibilities, what)!;
    const text = `Story ${what}.`;
    const call: Call = { method: "POST", path: "/v1/stories", token, body: { text, visibility } };
    const { status, body } = await nodes.send<{ story: { id: string } }>(call);
    expect(status, "publishing").toBe(201);
    model.publish(body.story.id, id, text, visibility);
    return;
  }
  const story = pick(model.stories, what);
  if (story === undefined) {
    return;
  }
  const sees = model.sees(id, story);
  const path = `/v1/stories/${story.id}`;
  const ask = async (method: Call["method"], rest: string, body?: object): Promise<number> =>
    (await nodes.send({ method, path: path + rest, token, ...(body && { body }) })).status;

  switch (kind) {
    case "edit":
    case "narrow": {
      const visibility = kind === "narrow" ? pick(visibilities, other)! : story.visibility;
      const text = kind === "edit" ? `Edited ${other}.` : story.text;
      const isMine = story.authorId === id && !story.isDeleted;
      const status = isMine ? 200 : sees ? 403 : 404;
      expect(await ask("PATCH", "", { text, visibility }), kind).toBe(status);
      if (isMine) {
        story.isEdited ||= text !== story.text;
        Object.assign(story, { text, visibility });
      }
      break;
    }
    case "delete": {
      const isErased = model.graph.gone.has(story.authorId);
      const status = story.authorId === id && !isErased ? 204 : sees ? 403 : 404;
      expect(await ask("DELETE", ""), kind).toBe(status);
      if (status === 204) model.delete(story);
      break;
    }
    case "restore":
      await restore(scene, actor, story);
      break;
    case "like":
    case "unlike":
      expect(await ask(kind === "like" ? "PUT" : "DELETE", "/like"), kind).toBe(sees ? 204 : 404);
      if (sees) model[kind === "like" ? "mark" : "unmark"]("likes", id, story.id);
      break;
    case "reshare": {
      const status = sees ? (story.visibility === "public" ? 204 : 403) : 404;
      expect(await ask("PUT", "/reshare"), kind).toBe(status);
      if (status === 204) model.mark("reshares", id, story.id);
      break;
    }
    case "unreshare":
      expect(await ask("DELETE", "/reshare"), kind).toBe(sees ? 204 : 404);
      if (sees) model.unmark("reshares", id, story.id);
      break;
    default:
      await changeComments(scene, actor, { step, story });
  }
}

/** Right at the end of its time a deletion may be undone or not: that moment is left out. */
const surelyUndoableMs = 25_000;
const surelyFinalMs = 31_000;

async function restore(
  { nodes, model }: Scene,
  { id, token }: Recruit,
  story: ModelStory,
): Promise<void> {
  const isMine = story.authorId === id;
  const ageMs = story.deletedAtMs === null ? null : Date.now() - story.deletedAtMs;
  if (isMine && ageMs !== null && ageMs > surelyUndoableMs && ageMs < surelyFinalMs) {
    return;
  }
  const comesBack = isMine && ageMs !== null && ageMs <= surelyUndoableMs;
  const path = `/v1/stories/${story.id}/restore`;
  const { status } = await nodes.send({ method: "POST", path, token });
  expect(status, "restoring").toBe(comesBack || (isMine && !story.isDeleted) ? 200 : 404);
  if (comesBack) {
    model.restore(story);
  }
}

async function changeComments(
  { nodes, model }: Scene,
  { id, token }: Recruit,
  { step, story }: { readonly step: Step; readonly story: ModelStory },
): Promise<void> {
  const { kind, other } = step;
  const sees = model.sees(id, story);
  const comments = model.comments().filter(({ storyId }) => storyId === story.id);
  if (kind === "deleteComment") {
    const comment = pick(comments, other);
    if (comment === undefined) {
      return;
    }
    const isTheirs = comment.authorId === id || story.authorId === id;
    const isSeen = sees && !model.graph.areHidden(id, comment.authorId);
    const path = `/v1/comments/${comment.id}`;
    const { status } = await nodes.send({ method: "DELETE", path, token });
    expect(status, kind).toBe(isTheirs ? 204 : isSeen ? 403 : 404);
    if (isTheirs) {
      model.deleteComment(comment.id);
    }
    return;
  }
  const parent = kind === "reply" ? (pick(comments, other) ?? null) : null;
  const parentId = parent?.id ?? null;
  const isParentSeen = parent === null || !model.graph.areHidden(id, parent.authorId);
  const text = `Comment ${other}.`;
  const path = `/v1/stories/${story.id}/comments`;
  const body = { text, ...(parentId !== null && { parentId }) };
  const reply = await nodes.send<{ comment: { id: string } }>({
    method: "POST",
    path,
    token,
    body,
  });
  expect(reply.status, kind).toBe(sees ? (isParentSeen ? 201 : 400) : 404);
  if (sees && isParentSeen) {
    const made = { storyId: story.id, authorId: id, parentId, text };
    model.comment({ id: reply.body.comment.id, ...made });
  }
}
