import { laterPosition } from "../../sdk/position.ts";
import type { Answered, Caller, Question, Reply } from "./doors.ts";
import type {
  Command,
  History,
  ReactionKind,
  RelationKind,
  ScrollPage,
  SeenItem,
  Visibility,
  Write,
} from "./history.ts";

/** Somebody with an account, whose every request stands in the history. */
export interface Client {
  readonly id: string;
  readonly handle: string;
  publish(visibility: Visibility): Promise<Write>;
  comment(storyId: string): Promise<Write>;
  deleteStory(storyId: string): Promise<Write>;
  deleteComment(commentId: string): Promise<Write>;
  showTo(storyId: string, visibility: Visibility): Promise<Write>;
  react(kind: ReactionKind, storyId: string): Promise<Write>;
  relate(kind: RelationKind, otherId: string): Promise<Write>;
  /** Sends a publish again that was done, as a client does that did not hear the answer. */
  repeat(write: Write): Promise<void>;
  /** Signs in on another device, out again there, and knocks with the dead token. */
  comeAndGo(): Promise<void>;
  scroll(how: ScrollHow): Promise<readonly SeenItem[]>;
  look(storyId: string, what: "story" | "comments", how?: How): Promise<void>;
  readonly token: string;
  /** Of the newest write that was answered. */
  position(): string | null;
}

export interface How {
  /** False: as another device of the same person reads, which knows nothing of this one's writes. */
  readonly sendsPosition: boolean;
}

export interface ScrollHow extends How {
  readonly pagesMax: number;
  readonly limit: number;
}

export interface ClientDeps {
  readonly history: History;
  readonly caller: Caller;
  /** Distinguishes this run's texts, keys and handles from every other's. */
  readonly run: string;
}

const password = "correct horse battery";
const ok = 200;
const created = 201;
const noContent = 204;
const knocks = 4;
const signUpPatience = 5;

const doneStatuses: ReadonlySet<number> = new Set([ok, created, noContent]);
/** What may be refused because of what others did meanwhile. */
const refusalStatuses: ReadonlySet<number> = new Set([403, 404, 409]);

export async function signUp(name: string, deps: ClientDeps): Promise<Client> {
  const handle = `${name}_${deps.run}`;
  const body = { handle, name, password };
  for (let tries = 0; tries < signUpPatience; tries += 1) {
    const question = { method: "POST", path: "/v1/accounts", token: null, body } as const;
    const { reply } = await deps.caller.ask({ ...question, key: `sign-up-${handle}` });
    const { account, token } = reply?.body ?? {};
    if (reply?.status === created && account !== undefined && token !== undefined) {
      deps.history.people.push(account.id);
      return createClient({ id: account.id, handle, token }, deps);
    }
  }
  throw new Error(`${handle} could not sign up`);
}

function createClient(
  self: { readonly id: string; readonly handle: string; readonly token: string },
  { history, caller, run }: ClientDeps,
): Client {
  const { id, handle, token } = self;
  let serial = 0;
  let position: string | null = null;

  function nextName(what: string): string {
    serial += 1;
    return `${what} ${run} ${handle} ${serial}`;
  }

  const ask = (
    question: Omit<Question, "token" | "position">,
    { sendsPosition }: How = { sendsPosition: true },
  ): Promise<Answered> =>
    caller.ask({ ...question, token, position: sendsPosition ? position : null });

  function writeOf(command: Command, key: string | null, answered: Answered): Write {
    const { reply, attempts, begunAtMs, endedAtMs } = answered;
    const isDone = reply !== null && doneStatuses.has(reply.status);
    const made = reply?.body.story?.id ?? reply?.body.comment?.id ?? null;
    const given = reply?.headers["maru-position"];
    if (reply !== null && !isDone && !refusalStatuses.has(reply.status)) {
      history.surprises.push(
        `${handle}: ${JSON.stringify(command)}: ${reply.status} ${JSON.stringify(reply.body)}`,
      );
    }
    return {
      by: id,
      begunAtMs,
      endedAtMs,
      attempts,
      command,
      key,
      outcome: isDone ? "done" : reply === null ? "unknown" : "refused",
      id: isDone && key !== null ? made : null,
      state: reply?.body.state ?? null,
      position: typeof given === "string" ? given : null,
    };
  }

  async function write(
    command: Command,
    question: Omit<Question, "token" | "position">,
  ): Promise<Write> {
    const done = writeOf(command, question.key ?? null, await ask(question));
    history.writes.push(done);
    if (done.position !== null) position = laterPosition(position, done.position);
    return done;
  }

  const set = (command: Command, method: "PUT" | "DELETE", path: string): Promise<Write> =>
    write(command, { method, path });

  function publication(text: string, visibility: Visibility, key: string) {
    return { method: "POST", path: "/v1/stories", key, body: { text, visibility } } as const;
  }

  function noteUnread(path: string, answered: Answered): void {
    const { reply, attempts, begunAtMs, endedAtMs } = answered;
    const status = reply?.status ?? null;
    history.unread.push({ by: id, begunAtMs, endedAtMs, attempts, path, status });
    if (status !== null) history.surprises.push(`${handle}: GET ${path}: ${status}`);
  }

  const relationPaths: Readonly<Record<RelationKind, readonly ["PUT" | "DELETE", string]>> = {
    befriend: ["PUT", "friends"],
    unfriend: ["DELETE", "friends"],
    follow: ["PUT", "follows"],
    unfollow: ["DELETE", "follows"],
    mute: ["PUT", "mutes"],
    unmute: ["DELETE", "mutes"],
    block: ["PUT", "blocks"],
    unblock: ["DELETE", "blocks"],
  };
  const reactionPaths: Readonly<Record<ReactionKind, readonly ["PUT" | "DELETE", string]>> = {
    like: ["PUT", "like"],
    unlike: ["DELETE", "like"],
    reshare: ["PUT", "reshare"],
    unreshare: ["DELETE", "reshare"],
  };

  async function enter(session: string, sessionToken: string): Promise<void> {
    const question = { method: "GET", path: "/v1/accounts/me", token: sessionToken } as const;
    const { begunAtMs, endedAtMs, attempts, reply } = await caller.ask(question);
    const status = reply?.status ?? null;
    history.entries.push({ by: id, begunAtMs, endedAtMs, attempts, session, status });
  }

  return {
    id,
    handle,
    token,
    position: () => position,
    publish(visibility) {
      const text = nextName("story");
      const key = text.replaceAll(" ", "-");
      return write({ kind: "publish", text, visibility }, publication(text, visibility, key));
    },
    async repeat(of) {
      if (of.command.kind !== "publish" || of.key === null) return;
      const { text, visibility } = of.command;
      const again = writeOf(of.command, of.key, await ask(publication(text, visibility, of.key)));
      history.replays.push({ of, again });
    },
    comment(storyId) {
      const text = nextName("comment");
      const path = `/v1/stories/${storyId}/comments`;
      const key = text.replaceAll(" ", "-");
      const command: Command = { kind: "comment", storyId, text };
      return write(command, { method: "POST", path, key, body: { text } });
    },
    deleteStory: (storyId) =>
      set({ kind: "delete-story", storyId }, "DELETE", `/v1/stories/${storyId}`),
    deleteComment: (commentId) =>
      set({ kind: "delete-comment", commentId }, "DELETE", `/v1/comments/${commentId}`),
    showTo: (storyId, visibility) =>
      write(
        { kind: "show-to", storyId, visibility },
        { method: "PATCH", path: `/v1/stories/${storyId}`, body: { visibility } },
      ),
    react(kind, storyId) {
      const [method, name] = reactionPaths[kind];
      return set({ kind, storyId }, method, `/v1/stories/${storyId}/${name}`);
    },
    relate(kind, otherId) {
      const [method, name] = relationPaths[kind];
      return set({ kind, otherId }, method, `/v1/${name}/${otherId}`);
    },
    async comeAndGo() {
      const session = nextName("session");
      const signIn = { method: "POST", path: "/v1/sessions", body: { handle, password } } as const;
      const { reply } = await caller.ask({ ...signIn, token: null });
      const sessionToken = reply?.body.token;
      if (sessionToken === undefined) return;
      for (let n = 0; n < knocks; n += 1) await enter(session, sessionToken);
      const path = "/v1/sessions/current";
      const answered = await caller.ask({ method: "DELETE", path, token: sessionToken });
      const out = writeOf({ kind: "sign-out", session }, null, asSignedOut(answered));
      history.writes.push(out);
      if (out.position !== null) position = laterPosition(position, out.position);
      for (let n = 0; n < knocks; n += 1) await enter(session, sessionToken);
    },
    async scroll({ pagesMax, limit, sendsPosition }) {
      const pages: ScrollPage[] = [];
      const sent = sendsPosition ? position : null;
      let cursor: string | null = "";
      while (cursor !== null && pages.length < pagesMax) {
        const from: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
        const path = `/v1/feed?limit=${limit}${from}`;
        const answered = await ask({ method: "GET", path }, { sendsPosition });
        const { begunAtMs, endedAtMs, attempts, reply } = answered;
        if (reply?.status !== ok) {
          noteUnread(path, answered);
          break;
        }
        cursor = reply.body.nextCursor ?? null;
        const items = itemsOf(reply);
        pages.push({ by: id, begunAtMs, endedAtMs, attempts, items, isLast: cursor === null });
      }
      history.scrolls.push({ by: id, position: sent, pages });
      return pages.flatMap(({ items }) => items);
    },
    async look(storyId, what, how = { sendsPosition: true }) {
      const base = `/v1/stories/${storyId}`;
      const path = what === "story" ? base : `${base}/comments?limit=100&order=newest`;
      const sent = how.sendsPosition ? position : null;
      const answered = await ask({ method: "GET", path }, how);
      const { begunAtMs, endedAtMs, attempts, reply } = answered;
      const status = reply?.status ?? null;
      if (status === null) noteUnread(path, answered);
      const shown = reply?.status === ok ? (reply.body.items ?? [reply.body.story]) : [];
      const seen = shown.flatMap((one) =>
        one === undefined ? [] : [{ id: one.id, authorId: one.author.id }],
      );
      const asked = { by: id, begunAtMs, endedAtMs, attempts };
      history.looks.push({ ...asked, position: sent, storyId, what, status, seen });
    },
  };
}

/** Whoever signs out again because no answer came is told that the session is dead: it is done. */
function asSignedOut(answered: Answered): Answered {
  const { reply, attempts } = answered;
  const isRepeat = attempts.length > 1;
  return reply?.status === 401 && isRepeat
    ? { ...answered, reply: { ...reply, status: noContent } }
    : answered;
}

export function itemsOf({ body }: Reply): SeenItem[] {
  return (body.items ?? []).map(({ id, at, story, reason }) => ({
    id,
    atMs: Date.parse(at),
    storyId: story.id,
    authorId: story.author.id,
    reason: reason.type,
    by: reason.by.map((account) => account.id),
  }));
}
