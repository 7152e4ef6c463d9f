import type { Register, Span } from "./certainty.ts";
import { timesOf, type Facts } from "./facts.ts";
import type { Bounds, Finding, Proof } from "./finding.ts";
import type { History, Visibility, Write } from "./history.ts";

/** What is there when everything has come to rest: the rows, and what the API tells of them. */
export interface FinalState {
  /** When it was read. */
  readonly span: Span;
  readonly stories: readonly StoryRow[];
  /** Live ones. */
  readonly comments: readonly CommentRow[];
  /** "account story" */
  readonly likes: readonly string[];
  readonly reshares: readonly string[];
  readonly relations: readonly RelationRow[];
  readonly counters: readonly Counter[];
  /** Every id that a row has as its own, as often as there are such rows. */
  readonly ids: readonly string[];
}

interface StoryRow {
  readonly id: string;
  readonly authorId: string;
  readonly text: string;
  readonly visibility: Visibility;
  readonly isLive: boolean;
}

interface CommentRow {
  readonly id: string;
  readonly storyId: string;
  readonly authorId: string;
  readonly text: string;
}

interface RelationRow {
  readonly accountId: string;
  readonly otherId: string;
  readonly areFriends: boolean;
  readonly isFollowing: boolean;
  readonly isMuting: boolean;
  readonly isBlocking: boolean;
}

/** What a counter says, and how many rows there are of what it counts. */
interface Counter {
  readonly of: string;
  readonly name: string;
  readonly said: number;
  readonly rows: number;
}

/** Every acknowledged write is there once, and nothing is there that nobody wrote. */
export function proveRows(
  history: History,
  facts: Facts,
  final: FinalState,
  bounds: Bounds,
): Finding[] {
  const findings: Finding[] = [];
  const { span } = final;

  function tell(what: string, ...records: readonly unknown[]): void {
    findings.push({ proof: "written once", what, atMs: null, records });
  }

  /** Texts of what may have been made without anybody knowing its id. */
  const openTexts = new Map<string, Write>();
  const texts = new Map<string, Write>();
  for (const write of history.writes) {
    const { command } = write;
    if (command.kind !== "publish" && command.kind !== "comment") continue;
    texts.set(command.text, write);
    if (write.outcome !== "done" && timesOf(write, bounds.openMs) !== null) {
      openTexts.set(command.text, write);
    }
  }

  function checkMade(rows: readonly { id: string; text: string }[], what: string): void {
    const byText = new Map<string, string>();
    for (const row of rows) {
      const write = texts.get(row.text);
      if (row.text === "") continue;
      const twin = byText.get(row.text);
      if (twin !== undefined) tell(`a ${what} is there twice: ${twin} and ${row.id}`, row, write);
      byText.set(row.text, row.id);
      if (write === undefined) tell(`nobody wrote ${what} ${row.id}`, row);
      else if (write.outcome === "done" && write.id !== row.id) {
        tell(`${what} ${row.id} is there for one that was answered with another id`, row, write);
      } else if (write.outcome !== "done" && !openTexts.has(row.text)) {
        tell(`${what} ${row.id} is there although it was refused`, row, write);
      }
    }
  }

  function checkStories(): void {
    const rows = new Map(final.stories.map((row) => [row.id, row]));
    checkMade(
      final.stories.filter(({ isLive }) => isLive),
      "story",
    );
    const asked = new Set(
      history.writes.map(({ command }) =>
        command.kind === "delete-story" ? command.storyId : null,
      ),
    );
    for (const row of final.stories) {
      if (!row.isLive && !asked.has(row.id)) tell(`nobody deleted story ${row.id}`, row);
    }
    for (const { id, authorId, published, isDeleted, visibility } of facts.stories.values()) {
      const row = rows.get(id);
      const deleted = isDeleted.during(span)?.value;
      if (row === undefined) {
        tell(`story ${id} was answered and is not there`, published);
        continue;
      }
      if (row.authorId !== authorId) tell(`story ${id} has another author`, row, published);
      if (deleted !== undefined && row.isLive === deleted) {
        tell(`story ${id} is ${deleted ? "there still" : "deleted"}`, row, published);
      }
      const wanted = visibility.during(span)?.value;
      if (row.isLive && wanted !== undefined && row.visibility !== wanted) {
        tell(`story ${id} is for ${row.visibility}, not for ${wanted}`, row, visibility.effects);
      }
    }
  }

  /** What hangs on a story that may be deleted goes with it, some time later. */
  const mayBeGone = (storyId: string): boolean =>
    facts.stories.get(storyId)?.isDeleted.during(span)?.value !== false;

  function checkComments(): void {
    const rows = new Map(final.comments.map((row) => [row.id, row]));
    checkMade(final.comments, "comment");
    for (const { id, storyId, written, isDeleted } of facts.comments.values()) {
      const deleted = isDeleted.during(span)?.value;
      if (deleted === undefined || mayBeGone(storyId)) continue;
      if (rows.has(id) === deleted) {
        tell(`comment ${id} is ${deleted ? "there still" : "not there"}`, written);
      }
    }
  }

  function checkMarks(
    what: string,
    rows: readonly string[],
    wanted: { readonly keys: ReadonlySet<string>; readonly of: (key: string) => Register<boolean> },
  ): void {
    const there = new Set(rows);
    if (there.size < rows.length) tell(`a ${what} is there twice`, rows);
    for (const key of there) if (!wanted.keys.has(key)) tell(`nobody made the ${what} ${key}`);
    for (const key of wanted.keys) {
      const register = wanted.of(key);
      const isWanted = register.during(span)?.value;
      if (isWanted === undefined || mayBeGone(key.split(" ")[1] ?? "")) continue;
      if (there.has(key) !== isWanted) {
        tell(`the ${what} ${key} is ${isWanted ? "not there" : "there still"}`, register.effects);
      }
    }
  }

  function checkRelations(): void {
    const nothing = {
      areFriends: false,
      isFollowing: false,
      isMuting: false,
      isBlocking: false,
    };
    const rows = new Map(final.relations.map((row) => [`${row.accountId} ${row.otherId}`, row]));
    const people = history.people;
    for (const one of people) {
      for (const other of people) {
        if (one === other) continue;
        const row = rows.get(`${one} ${other}`) ?? { accountId: one, otherId: other, ...nothing };
        const friendship = facts.friendship(one, other);
        const friends = friendship.during(span)?.value;
        if (friends !== undefined && row.areFriends !== (friends === "friends")) {
          tell(`${one} and ${other} must be ${friends}`, row, friendship.effects);
        }
        for (const [name, register] of [
          ["isFollowing", facts.isFollowing(one, other)],
          ["isMuting", facts.isMuting(one, other)],
          ["isBlocking", facts.isBlocking(one, other)],
        ] as const) {
          const wanted = register.during(span)?.value;
          if (wanted === undefined || row[name] === wanted) continue;
          tell(`${name} of ${one} and ${other} must be ${String(wanted)}`, row, register.effects);
        }
      }
    }
  }

  function checkReplays(): void {
    for (const { of, again } of history.replays) {
      if (again.outcome === "done" && again.id !== of.id) {
        tell(`key ${String(of.key)} made ${String(of.id)} and ${String(again.id)}`, of, again);
      }
    }
  }

  checkStories();
  checkComments();
  checkMarks("like", final.likes, { keys: facts.liked, of: registerOf(facts.likes) });
  checkMarks("reshare", final.reshares, { keys: facts.reshared, of: registerOf(facts.reshares) });
  checkRelations();
  checkReplays();
  return findings;
}

function registerOf(find: Facts["likes"]): (key: string) => Register<boolean> {
  return (key) => {
    const [account = "", storyId = ""] = key.split(" ");
    return find(account, storyId);
  };
}

export function proveCounters({ counters }: FinalState): Finding[] {
  const proof: Proof = "counters equal rows";
  return counters
    .filter(({ said, rows }) => said !== rows)
    .map((counter) => ({
      proof,
      what: `${counter.of} has ${counter.rows} ${counter.name}, and says ${counter.said}`,
      atMs: null,
      records: [counter],
    }));
}

export function proveIds(history: History, { ids }: FinalState): Finding[] {
  const proof: Proof = "ids are unique";
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const id of ids) {
    if (seen.has(id)) {
      findings.push({ proof, what: `two rows have id ${id}`, atMs: null, records: [] });
    }
    seen.add(id);
  }
  const givenTo = new Map<string, Write>();
  for (const write of history.writes) {
    if (write.id === null || write.outcome !== "done") continue;
    const before = givenTo.get(write.id);
    if (before !== undefined) {
      const what = `id ${write.id} was given to two`;
      findings.push({ proof, what, atMs: write.endedAtMs, records: [before, write] });
    }
    givenTo.set(write.id, write);
  }
  return findings;
}
