import type { Context } from "../../kernel/context.ts";
import { idTime } from "../../kernel/id.ts";
import type { AccountSummary } from "../accounts/contract.ts";
import type { LiveStory } from "./bodies.ts";
import { storyJson } from "./contract.ts";
import type { StoryCounts } from "./counts.ts";
import type { Flags } from "./flags.ts";
import type { CommentRow } from "./store-comments.ts";

/** What the API shows, as JSON text: made ready once, joined here, never parsed. */

export interface PresentDeps {
  readonly storyCounts: StoryCounts;
  readonly flags: Flags;
}

/** Stories of one author or of many, in their order; `viewer` only with a viewer. */
export async function presentStories(
  deps: PresentDeps,
  context: Context,
  stories: readonly { readonly story: LiveStory; readonly author: AccountSummary }[],
): Promise<readonly string[]> {
  const ids = stories.map(({ story }) => story.id);
  const viewerId = context.viewer?.accountId ?? null;
  const [counts, flags] = await Promise.all([
    deps.storyCounts.find(context, ids),
    viewerId === null ? Promise.resolve([]) : deps.flags.find(context, viewerId, ids),
  ]);
  return stories.flatMap(({ story, author }, i) => {
    const count = counts[i];
    return count === undefined
      ? []
      : [
          storyJson({
            body: story,
            authorJson: author.json,
            counts: count,
            flags: flags[i] ?? null,
          }),
        ];
  });
}

export function commentJson(comment: CommentRow, author: AccountSummary): string {
  const { id, storyId, parentId, text } = comment;
  const parent = parentId === null ? "null" : `"${String(parentId)}"`;
  return (
    `{"id":"${String(id)}","storyId":"${String(storyId)}","parentId":${parent},` +
    `"author":${author.json},"text":${JSON.stringify(text)},"createdAt":"${idTime(id)}"}`
  );
}

export function pageJson(items: readonly string[], nextCursor: string | null): string {
  return `{"items":[${items.join(",")}],"nextCursor":${JSON.stringify(nextCursor)}}`;
}
