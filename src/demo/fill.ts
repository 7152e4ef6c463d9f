import { assert, present } from "../kernel/assert.ts";
import { internalContext } from "../kernel/context.ts";
import type { Id } from "../kernel/id.ts";
import type { Accounts } from "../modules/accounts/contract.ts";
import type { Graph } from "../modules/graph/contract.ts";
import type { ImportedStory, Stories } from "../modules/stories/contract.ts";
import type { Chance } from "./chance.ts";
import { follows, friendships, requests } from "./circles.ts";
import type { MemberApi } from "./member-api.ts";
import type { Member, SampleLocale } from "./members.ts";
import { layOut, type DatedStory, type Reaction } from "./timeline.ts";

/**
 * Makes the sample community: what lies in the past by import, which gives everything the time that
 * it had, the rest by the API. Each step is safe to repeat, so a fill that was cut short is begun
 * again.
 */
export interface FillDeps {
  readonly accounts: Accounts;
  readonly graph: Graph;
  readonly stories: Stories;
  readonly api: MemberApi;
  readonly members: readonly Member[];
  /** For those whom a visitor may be; the others have none and cannot be signed in to. */
  readonly password: string;
  readonly nowMs: number;
  readonly chance: Chance;
  readonly onProgress: (progress: Progress) => void;
}

export interface Progress {
  readonly people: number;
  readonly stories: number;
  readonly storiesTotal: number;
}

const dayMs = 86_400_000;
/** Everybody was here before the first story. */
const joinedDaysAgoMin = 30;
const joinedDaysAgoMax = 700;
const storiesPerBatch = 30;

const timeZones: Readonly<Record<SampleLocale, string>> = {
  ko: "Asia/Seoul",
  ja: "Asia/Tokyo",
  en: "Europe/London",
};

const context = internalContext("demo-fill");

export async function fillCommunity(deps: FillDeps): Promise<void> {
  const { members, graph, chance, nowMs } = deps;
  const dated = layOut(members, { nowMs, chance });
  const ids = await makePeople(deps);
  const idOf = (handle: string): Id => present(ids.get(handle), `${handle} is a member`);
  for (const { handle, bio, locale } of members) {
    const profile = { bio, locale, timeZone: timeZones[locale], privacy: "everyone" };
    await deps.api.patch(handle, "/v1/accounts/me", profile);
  }
  await graph.importFriendships(
    context,
    friendships.map(([one, other]) => [idOf(one), idOf(other)] as const),
  );
  await bringStories(deps, dated, idOf);
  for (const [handle, other] of follows) {
    await deps.api.put(handle, `/v1/follows/${String(idOf(other))}`);
  }
  for (const [handle, other] of requests) {
    await deps.api.put(handle, `/v1/friends/${String(idOf(other))}`);
  }
}

async function makePeople(deps: FillDeps): Promise<ReadonlyMap<string, Id>> {
  const { accounts, members, chance, nowMs } = deps;
  const passwordHash = await accounts.hashPassword(context, deps.password);
  const ids = new Map<string, Id>();
  for (const signsIn of [true, false]) {
    const people = members.filter((member) => member.signsIn === signsIn);
    const results = await accounts.importPeople(
      context,
      people.map(({ handle, name }) => ({
        externalId: `demo:${handle}`,
        handle,
        name,
        createdAtMs: Math.floor(nowMs - chance.between(joinedDaysAgoMin, joinedDaysAgoMax) * dayMs),
      })),
      signsIn ? passwordHash : null,
    );
    for (const [i, { handle }] of people.entries()) {
      const result = present(results[i], "a result for each");
      assert("id" in result, `${handle} can be made`);
      ids.set(handle, result.id);
    }
  }
  return ids;
}

async function bringStories(
  { stories, members, onProgress }: FillDeps,
  dated: readonly DatedStory[],
  idOf: (handle: string) => Id,
): Promise<void> {
  const reactions = (list: readonly Reaction[]) =>
    list.map(({ by, atMs }) => ({ accountId: idOf(by), atMs }));
  const imported = dated.map((story): ImportedStory => ({
    externalKey: story.key,
    authorId: idOf(story.by),
    atMs: story.atMs,
    text: story.text,
    lang: story.locale,
    visibility: story.friendsOnly ? "friends" : "public",
    comments: story.comments.map(({ by, atMs, text, answers }) => ({
      accountId: idOf(by),
      atMs,
      text,
      answers,
    })),
    likes: reactions(story.likes),
    reshares: reactions(story.reshares),
  }));
  for (let done = 0; done < imported.length; done += storiesPerBatch) {
    onProgress({ people: members.length, stories: done, storiesTotal: imported.length });
    const batch = imported.slice(done, done + storiesPerBatch);
    for (const [i, result] of (await stories.importStories(context, batch)).entries()) {
      assert(typeof result === "string", `${batch[i]?.externalKey ?? "a story"} can be made`);
    }
  }
  const total = imported.length;
  onProgress({ people: members.length, stories: total, storiesTotal: total });
}
