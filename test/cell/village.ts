import {
  createHistory,
  type Attempt,
  type Command,
  type History,
  type Listening,
  type Look,
  type Scroll,
  type ScrollPage,
  type SeenItem,
  type Visibility,
  type Write,
} from "./history.ts";
import type { FinalState } from "./prove-rows.ts";

/**
 * A world made of plain lists in which everything happens at once: what its people ask and read is
 * a history that keeps every promise.
 */
export interface Village {
  readonly history: History;
  write(by: string, command: Command, how?: WriteHow): Write;
  scroll(by: string, pagesMax: number, limit: number): Scroll;
  look(by: string, storyId: string, what: Look["what"]): Look;
  enter(by: string, session: string): void;
  listen(by: string): Listening;
  /** Time goes by. */
  wait(ms: number): void;
  final(): FinalState;
  storyIds(): readonly string[];
  authorOf(storyId: string): string | undefined;
  commentIds(): readonly string[];
}

/** "lost": done, and nobody was told; "nothing": not done, and nobody was told. */
export interface WriteHow {
  readonly fate?: "answered" | "lost" | "nothing" | "repeated";
}

interface Story {
  readonly id: string;
  readonly by: string;
  readonly text: string;
  visibility: Visibility;
  isLive: boolean;
}

const stepMs = 10;
const answerMs = 5;

export function createVillage(people: readonly string[]): Village {
  const history = createHistory();
  history.people.push(...people);
  const stories: Story[] = [];
  let comments: { id: string; storyId: string; by: string; text: string }[] = [];
  const [likes, reshares] = [new Map<string, string>(), new Map<string, string>()];
  const [asks, friends, follows] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const [mutes, blocks, dead] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const ids: string[] = [];
  let nowMs = 0;
  let serial = 0;

  function takeId(): string {
    serial += 1;
    const id = String(nowMs * 1_000 + serial);
    ids.push(id);
    return id;
  }

  const areHidden = (one: string, other: string): boolean =>
    blocks.has(`${one} ${other}`) || blocks.has(`${other} ${one}`);

  function mayLook(viewer: string, story: Story | undefined): boolean {
    if (story?.isLive !== true) return false;
    if (story.by === viewer) return true;
    if (areHidden(viewer, story.by)) return false;
    if (story.visibility === "public") return true;
    return story.visibility === "friends" && friends.has(`${viewer} ${story.by}`);
  }

  function isSeen(viewer: string, account: string): boolean {
    if (viewer === account) return true;
    if (areHidden(viewer, account) || mutes.has(`${viewer} ${account}`)) return false;
    return friends.has(`${viewer} ${account}`) || follows.has(`${viewer} ${account}`);
  }

  function feedOf(viewer: string): SeenItem[] {
    const items = stories.flatMap((story): SeenItem[] => {
      if (!mayLook(viewer, story) || mutes.has(`${viewer} ${story.by}`)) return [];
      const of = { storyId: story.id, authorId: story.by };
      if (isSeen(viewer, story.by)) {
        const atMs = Math.floor(Number(story.id) / 1_000);
        return [{ id: story.id, atMs, ...of, reason: "author", by: [] }];
      }
      if (story.visibility !== "public") return [];
      const by = [...reshares]
        .filter(([key]) => key.endsWith(` ${story.id}`) && isSeen(viewer, key.split(" ")[0] ?? ""))
        .sort(([, a], [, b]) => Number(a) - Number(b));
      const first = by[0]?.[1];
      if (first === undefined) return [];
      const resharers = by.map(([key]) => key.split(" ")[0] ?? "");
      const atMs = Math.floor(Number(first) / 1_000);
      return [{ id: first, atMs, ...of, reason: "reshare", by: resharers }];
    });
    return items.sort((a, b) => Number(BigInt(b.id) - BigInt(a.id)));
  }

  function end(one: string, other: string): void {
    for (const key of [`${one} ${other}`, `${other} ${one}`]) {
      friends.delete(key);
      asks.delete(key);
    }
  }

  function setVisibility(storyId: string, visibility: Visibility): void {
    for (const story of stories) if (story.id === storyId) story.visibility = visibility;
  }

  /** Gives what it made, and how the two stand; null where it is refused. */
  function apply(by: string, command: Command): { id: string | null; state: string | null } | null {
    const done = { id: null, state: null };
    const pair = "otherId" in command ? `${by} ${command.otherId}` : "";
    const story =
      "storyId" in command ? stories.find(({ id }) => id === command.storyId) : undefined;
    switch (command.kind) {
      case "publish": {
        const { text, visibility } = command;
        const made = { id: takeId(), by, text, visibility, isLive: true };
        stories.push(made);
        tell(made);
        return { ...done, id: made.id };
      }
      case "comment": {
        if (!mayLook(by, story)) return null;
        const made = { id: takeId(), storyId: command.storyId, by, text: command.text };
        comments.push(made);
        return { ...done, id: made.id };
      }
      case "delete-story":
        if (story !== undefined) story.isLive = false;
        comments = comments.filter(({ storyId }) => storyId !== command.storyId);
        return done;
      case "delete-comment":
        comments = comments.filter(({ id }) => id !== command.commentId);
        return done;
      case "show-to":
        if (story?.isLive !== true) return null;
        setVisibility(command.storyId, command.visibility);
        return done;
      case "like":
      case "reshare": {
        const isAllowed = command.kind === "like" || story?.visibility === "public";
        if (!mayLook(by, story) || !isAllowed) return null;
        const marks = command.kind === "like" ? likes : reshares;
        const key = `${by} ${command.storyId}`;
        if (!marks.has(key)) marks.set(key, takeId());
        return done;
      }
      case "unlike":
      case "unreshare":
        (command.kind === "unlike" ? likes : reshares).delete(`${by} ${command.storyId}`);
        return done;
      case "befriend": {
        if (areHidden(by, command.otherId)) return null;
        if (friends.has(pair)) return { ...done, state: "friends" };
        asks.add(pair);
        if (!asks.has(`${command.otherId} ${by}`)) return { ...done, state: "requested" };
        end(by, command.otherId);
        friends.add(pair).add(`${command.otherId} ${by}`);
        return { ...done, state: "friends" };
      }
      case "unfriend":
        end(by, command.otherId);
        return done;
      case "block":
        end(by, command.otherId);
        follows.delete(pair);
        follows.delete(`${command.otherId} ${by}`);
        blocks.add(pair);
        return done;
      case "unblock":
        blocks.delete(pair);
        return done;
      case "follow":
      case "mute":
        if (areHidden(by, command.otherId)) return null;
        (command.kind === "follow" ? follows : mutes).add(pair);
        return done;
      case "unfollow":
      case "unmute":
        (command.kind === "unfollow" ? follows : mutes).delete(pair);
        return done;
      case "sign-out":
        dead.add(command.session);
        return done;
      case "sign-in":
        return done;
    }
  }

  function tell(story: Story): void {
    for (const { by, told } of history.listenings) {
      const isTold = feedOf(by).some(({ storyId }) => storyId === story.id);
      if (!isTold) continue;
      const of = { eventId: `1.${serial}`, storyId: story.id, reason: "author" };
      told.push({ kind: "story", atMs: nowMs + answerMs, ...of });
    }
  }

  const readAll = (by: string): string[] => feedOf(by).map(({ storyId }) => storyId);

  function attempt(answer: Attempt["answer"]): Attempt {
    const begunAtMs = nowMs;
    nowMs += answerMs;
    return { door: 0, begunAtMs, endedAtMs: nowMs, answer, code: null };
  }

  /** A change of whom somebody sees begins that person's streams anew. */
  function reset(): void {
    for (const { by, told } of history.listenings) {
      told.push({ kind: "reset", atMs: nowMs });
      told.push({ kind: "read", atMs: nowMs, storyIds: readAll(by) });
    }
  }

  return {
    history,
    storyIds: () => stories.map(({ id }) => id),
    authorOf: (storyId) => stories.find(({ id }) => id === storyId)?.by,
    commentIds: () => comments.map(({ id }) => id),
    wait(ms) {
      nowMs += ms;
    },
    write(by, command, { fate = "answered" } = {}) {
      nowMs += stepMs;
      const begunAtMs = nowMs;
      const result = fate === "nothing" ? null : apply(by, command);
      const isRefused = fate !== "nothing" && result === null;
      const attempts: Attempt[] = [];
      if (fate !== "answered") attempts.push(attempt("timeout"));
      const isAnswered = fate === "answered" || fate === "repeated";
      if (isAnswered) attempts.push(attempt(isRefused ? 404 : 200));
      const outcome = !isAnswered ? "unknown" : isRefused ? "refused" : "done";
      const isKeyed = command.kind === "publish" || command.kind === "comment";
      const write: Write = {
        by,
        begunAtMs,
        endedAtMs: nowMs,
        attempts,
        command,
        key: isKeyed ? command.text : null,
        outcome,
        id: outcome === "done" ? (result?.id ?? null) : null,
        state: outcome === "done" ? (result?.state ?? null) : null,
        position: null,
      };
      history.writes.push(write);
      if ("otherId" in command) reset();
      return write;
    },
    scroll(by, pagesMax, limit) {
      const pages: ScrollPage[] = [];
      const feed = feedOf(by);
      for (let n = 0; n < pagesMax && (n === 0 || n * limit < feed.length); n += 1) {
        nowMs += stepMs;
        const one = attempt(200);
        const items = feed.slice(n * limit, (n + 1) * limit);
        const isLast = (n + 1) * limit >= feed.length;
        const { begunAtMs, endedAtMs } = one;
        pages.push({ by, begunAtMs, endedAtMs, attempts: [one], items, isLast });
      }
      const scroll = { by, position: "newest", pages };
      history.scrolls.push(scroll);
      return scroll;
    },
    look(by, storyId, what) {
      nowMs += stepMs;
      const one = attempt(200);
      const story = stories.find(({ id }) => id === storyId);
      const isThere = mayLook(by, story);
      const ofStory = comments.filter(
        (comment) => comment.storyId === storyId && !areHidden(by, comment.by),
      );
      const shown =
        what === "story"
          ? [{ id: storyId, authorId: story?.by ?? "" }]
          : ofStory.map((comment) => ({ id: comment.id, authorId: comment.by }));
      const { begunAtMs, endedAtMs } = one;
      const look: Look = {
        by,
        begunAtMs,
        endedAtMs,
        attempts: [one],
        position: "newest",
        storyId,
        what,
        status: isThere ? 200 : 404,
        seen: isThere ? shown : [],
      };
      history.looks.push(look);
      return look;
    },
    enter(by, session) {
      nowMs += stepMs;
      const one = attempt(dead.has(session) ? 401 : 200);
      const { begunAtMs, endedAtMs, answer } = one;
      const status = Number(answer);
      history.entries.push({ by, begunAtMs, endedAtMs, attempts: [one], session, status });
    },
    listen(by) {
      const told: Listening["told"] = [{ kind: "read", atMs: nowMs, storyIds: readAll(by) }];
      const listening = { by, begunAtMs: nowMs, endedAtMs: nowMs, connections: 1, told };
      history.listenings.push(listening);
      return listening;
    },
    final() {
      nowMs += 100_000;
      for (const listening of history.listenings) listening.endedAtMs = nowMs;
      const liveStories = stories.filter(({ isLive }) => isLive);
      const isKept = (key: string): boolean =>
        liveStories.some(({ id }) => id === key.split(" ")[1]);
      const pairs = people.flatMap((one) => people.map((other) => [one, other] as const));
      const relations = pairs.map(([accountId, otherId]) => {
        const key = `${accountId} ${otherId}`;
        const [areFriends, isFollowing] = [friends.has(key), follows.has(key)];
        const [isMuting, isBlocking] = [mutes.has(key), blocks.has(key)];
        return { accountId, otherId, areFriends, isFollowing, isMuting, isBlocking };
      });
      return {
        span: { fromMs: nowMs, toMs: nowMs },
        stories: stories.map(({ by, text, isLive, ...story }) => ({
          ...story,
          isLive,
          authorId: by,
          text: isLive ? text : "",
        })),
        comments: comments.map(({ by, ...comment }) => ({ ...comment, authorId: by })),
        likes: [...likes.keys()].filter(isKept),
        reshares: [...reshares.keys()].filter(isKept),
        relations,
        counters: liveStories.map(({ id }) => {
          const rows = comments.filter(({ storyId }) => storyId === id).length;
          return { of: `story ${id}`, name: "comments", said: rows, rows };
        }),
        ids,
      };
    },
  };
}
