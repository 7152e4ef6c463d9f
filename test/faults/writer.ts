import { send, type Call, type Person, type Reply, type SignedUp } from "../support/client.ts";
import type { Random } from "../support/random.ts";

/**
 * People who write all the time and keep a record of what was acknowledged. Whatever has no answer
 * is sent again until it has one: a POST with its key, the others as they are. Each person is one
 * writer's own, so that a writer's record says exactly how that person's rows must be.
 */
export interface Acknowledged {
  /** By handle. A person who has gone has no place in the others. */
  readonly people: Map<string, { readonly id: string; gone: boolean }>;
  readonly stories: Map<string, StoryRecord>;
  readonly comments: Map<string, CommentRecord>;
  /** "person story": whether it is so. */
  readonly likes: Map<string, boolean>;
  readonly reshares: Map<string, boolean>;
  /** "person other": whether it is so. */
  readonly follows: Map<string, boolean>;
  readonly mutes: Map<string, boolean>;
  readonly blocks: Map<string, boolean>;
  readonly friends: Map<string, FriendState>;
  /** Stories and comments that were not found; each must be gone at the end. */
  readonly missing: string[];
  /** Answers that nothing explains. */
  readonly surprises: string[];
}

interface StoryRecord {
  readonly authorId: string;
  readonly visibility: "public" | "friends" | "self";
  text: string;
  deleted: boolean;
  /** At least once. */
  restored: boolean;
}

interface CommentRecord {
  readonly authorId: string;
  readonly storyId: string;
  readonly text: string;
  deleted: boolean;
}

export type FriendState = "none" | "requested" | "received" | "friends";

export function nothingYet(): Acknowledged {
  return {
    people: new Map(),
    stories: new Map(),
    comments: new Map(),
    likes: new Map(),
    reshares: new Map(),
    follows: new Map(),
    mutes: new Map(),
    blocks: new Map(),
    friends: new Map(),
    missing: [],
    surprises: [],
  };
}

/** What the writers have in common. */
export interface Scene {
  /** Where the server is now; it changes when the server is started again. */
  url(): string;
  readonly acknowledged: Acknowledged;
  readonly people: readonly Person[];
  /** Called with the moment at which the attempt that was answered had begun, and its number. */
  answered(reply: Reply, attempt: { readonly begunAtMs: number; readonly number: number }): void;
  isOver(): boolean;
}

/** Nobody listens, or the answer says to come back: a client waits so long before the next try. */
const pauseMs = 20;
const created = 201;
const noContent = 204;
const ok = 200;
const unauthenticated = 401;
const notFound = 404;
const conflict = 409;
const tooMany = 429;
const unavailable = 503;

function isDecided(reply: Reply<{ code?: string } | null>): boolean {
  const { status, body } = reply;
  if (status === unavailable || status === tooMany) return false;
  return !(status === conflict && body?.code === "idempotency.in_progress");
}

/** Sends until there is an answer that decides. */
export async function persist<Body>(scene: Scene, call: Call): Promise<Reply<Body>> {
  for (let number = 1; ; number += 1) {
    const begunAtMs = performance.now();
    try {
      const reply = await send<{ code?: string } | null>(scene.url(), call);
      if (isDecided(reply)) {
        scene.answered(reply, { begunAtMs, number });
        return reply as Reply<Body>;
      }
    } catch {
      // The server is away, or went away before it had answered.
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

export interface WriterOptions {
  readonly scene: Scene;
  readonly random: Random;
  /** Of handles, texts and keys. */
  readonly name: string;
  /** The two whom nobody else writes for. */
  readonly own: readonly [Person, Person];
}

/** Writes until the scene is over, one command after the other. */
export async function write(options: WriterOptions): Promise<void> {
  const { scene, random, name, own } = options;
  const { acknowledged } = scene;
  let serial = 0;

  function surprise(call: Call, reply: Reply): void {
    acknowledged.surprises.push(
      `${call.method} ${call.path}: ${reply.status} ${JSON.stringify(reply.body)}`,
    );
  }

  async function post<Body>(path: string, token: string, body: object): Promise<Body | null> {
    serial += 1;
    const call: Call = { method: "POST", path, token, body, key: `${name}-${serial}` };
    const reply = await persist<Body>(scene, call);
    if (reply.status === created) return reply.body;
    if (reply.status === notFound) acknowledged.missing.push(path.split("/")[3] ?? "");
    else surprise(call, reply);
    return null;
  }

  /** True when it was done; false when what it is about is gone. */
  async function set(method: "PUT" | "DELETE", path: string, token: string): Promise<boolean> {
    const call: Call = { method, path, token };
    const reply = await persist(scene, call);
    if (reply.status === notFound) acknowledged.missing.push(path.split("/")[3] ?? "");
    else if (reply.status !== noContent && reply.status !== ok) surprise(call, reply);
    return reply.status === noContent || reply.status === ok;
  }

  const author = (): Person => random.pick(own);

  function someStory(isWanted: (story: StoryRecord) => boolean): string | null {
    const found = [...acknowledged.stories].filter(([, s]) => !s.deleted && isWanted(s));
    return found.length === 0 ? null : random.pick(found)[0];
  }
  const isPublic = ({ visibility }: StoryRecord): boolean => visibility === "public";

  async function publish(by = author()): Promise<void> {
    serial += 1;
    const visibility = random.pick(["public", "public", "friends", "self"] as const);
    const text = `${name} writes ${serial}`;
    const body = await post<{ story: { id: string } }>("/v1/stories", by.token, {
      text,
      visibility,
    });
    if (body !== null) {
      const record = { authorId: by.id, visibility, text, deleted: false, restored: false };
      acknowledged.stories.set(body.story.id, record);
    }
  }

  async function edit(): Promise<void> {
    const by = author();
    const id = someStory(({ authorId }) => authorId === by.id);
    if (id === null) return;
    serial += 1;
    const text = `${name} rewrites ${serial}`;
    const call: Call = {
      method: "PATCH",
      path: `/v1/stories/${id}`,
      token: by.token,
      body: { text },
    };
    const reply = await persist(scene, call);
    if (reply.status === ok) acknowledged.stories.get(id)!.text = text;
    else surprise(call, reply);
  }

  async function deleteStory(): Promise<void> {
    const by = author();
    const id = someStory(({ authorId }) => authorId === by.id);
    if (id !== null && (await set("DELETE", `/v1/stories/${id}`, by.token))) {
      acknowledged.stories.get(id)!.deleted = true;
    }
  }

  /** Where it is not too late; whoever is refused knows so. */
  async function restoreStory(): Promise<void> {
    const by = author();
    const [id, record] =
      [...acknowledged.stories].findLast(([, s]) => s.deleted && s.authorId === by.id) ?? [];
    if (id === undefined || record === undefined) return;
    serial += 1;
    const path = `/v1/stories/${id}/restore`;
    const call: Call = { method: "POST", path, token: by.token, key: `${name}-${serial}` };
    const reply = await persist(scene, call);
    if (reply.status === ok) Object.assign(record, { deleted: false, restored: true });
    else if (reply.status !== notFound) surprise(call, reply);
  }

  async function comment(): Promise<void> {
    const by = author();
    const storyId = someStory(isPublic);
    if (storyId === null) return;
    serial += 1;
    const text = `${name} says ${serial}`;
    const path = `/v1/stories/${storyId}/comments`;
    const body = await post<{ comment: { id: string } }>(path, by.token, { text });
    if (body !== null) {
      const record = { authorId: by.id, storyId, text, deleted: false };
      acknowledged.comments.set(body.comment.id, record);
    }
  }

  async function deleteComment(): Promise<void> {
    const by = author();
    const found = [...acknowledged.comments].filter(
      ([, { authorId, deleted }]) => authorId === by.id && !deleted,
    );
    if (found.length === 0) return;
    const [id, record] = random.pick(found);
    if (await set("DELETE", `/v1/comments/${id}`, by.token)) record.deleted = true;
  }

  async function react(kind: "like" | "reshare"): Promise<void> {
    const by = author();
    const id = someStory(isPublic);
    if (id === null) return;
    const wanted = random.below(4) > 0;
    if (await set(wanted ? "PUT" : "DELETE", `/v1/stories/${id}/${kind}`, by.token)) {
      const records = kind === "like" ? acknowledged.likes : acknowledged.reshares;
      records.set(`${by.id} ${id}`, wanted);
    }
  }

  async function relate(kind: "follows" | "mutes"): Promise<void> {
    const by = author();
    const other = random.pick(scene.people);
    if (other.id === by.id || acknowledged.blocks.get(`${by.id} ${other.id}`) === true) return;
    const wanted = random.below(3) > 0;
    if (await set(wanted ? "PUT" : "DELETE", `/v1/${kind}/${other.id}`, by.token)) {
      acknowledged[kind].set(`${by.id} ${other.id}`, wanted);
    }
  }

  /** Friendship takes two, so it is between the writer's own. */
  async function befriend(): Promise<void> {
    const [by, other] = random.below(2) === 0 ? own : ([own[1], own[0]] as const);
    const before = acknowledged.friends.get(`${by.id} ${other.id}`) ?? "none";
    const wanted = random.below(4) > 0;
    if (!(await set(wanted ? "PUT" : "DELETE", `/v1/friends/${other.id}`, by.token))) return;
    const after = wanted
      ? before === "none" || before === "requested"
        ? "requested"
        : "friends"
      : "none";
    acknowledged.friends.set(`${by.id} ${other.id}`, after);
    acknowledged.friends.set(`${other.id} ${by.id}`, after === "requested" ? "received" : after);
  }

  /** Someone signs up and, as often as not, writes something and leaves for good. */
  async function comeAndGo(): Promise<void> {
    serial += 1;
    const handle = `${name}_guest_${serial}`;
    const password = "correct horse battery";
    const body = { handle, name: handle, password };
    const call: Call = { method: "POST", path: "/v1/accounts", body, key: `${name}-${serial}` };
    const reply = await persist<SignedUp>(scene, call);
    if (reply.status !== created) {
      surprise(call, reply);
      return;
    }
    const { account, token } = reply.body;
    const record = { id: account.id, gone: false };
    acknowledged.people.set(handle, record);
    if (random.below(2) === 0) return;
    await publish({ id: account.id, handle, token, password });
    const leave: Call = { method: "DELETE", path: "/v1/accounts/me", token, body: { password } };
    const left = await persist(scene, leave);
    // Its sessions went with the account, so that a try after a lost answer is nobody's.
    if (left.status === noContent || left.status === unauthenticated) {
      record.gone = true;
      for (const story of acknowledged.stories.values()) {
        story.deleted ||= story.authorId === account.id;
      }
    } else {
      surprise(leave, left);
    }
  }

  const deeds: readonly (() => Promise<void>)[] = [
    publish,
    publish,
    publish,
    edit,
    deleteStory,
    restoreStory,
    comment,
    comment,
    deleteComment,
    () => react("like"),
    () => react("like"),
    () => react("like"),
    () => react("reshare"),
    () => relate("follows"),
    () => relate("mutes"),
    befriend,
    befriend,
    comeAndGo,
  ];
  while (!scene.isOver()) {
    await random.pick(deeds)();
  }
}
