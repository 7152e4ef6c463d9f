import { compareIds, type Id } from "../../kernel/id.ts";
import { idArray, type Sql } from "../../ports/record.ts";
import type { ViewerFlags } from "./contract.ts";

/** What people did with stories: many people by one query. */

/** One story as one person sees it. */
export interface ReactionPair {
  readonly viewerId: Id;
  readonly storyId: Id;
}

/**
 * In the order of the pairs, which are not none. The lowest and the highest story stand in the
 * statement once more, so that only the partitions between them are planned for and looked at.
 */
export async function reactionsTo(
  sql: Sql,
  pairs: readonly ReactionPair[],
): Promise<readonly ViewerFlags[]> {
  const storyIds = pairs.map(({ storyId }) => storyId);
  const [lowest, highest] = bounds(storyIds);
  return sql<ViewerFlags[]>`
    SELECT
      EXISTS (
        SELECT FROM stories.likes AS held
        WHERE held.account_id = wanted.account_id AND held.story_id = wanted.story_id
          AND held.story_id >= ${lowest} AND held.story_id <= ${highest}
      ) AS liked,
      EXISTS (
        SELECT FROM stories.reshares AS held
        WHERE held.account_id = wanted.account_id AND held.story_id = wanted.story_id
          AND held.story_id >= ${lowest} AND held.story_id <= ${highest}
      ) AS reshared
    FROM unnest(
      ${idArray(pairs.map(({ viewerId }) => viewerId))}::bigint[],
      ${idArray(storyIds)}::bigint[]
    ) WITH ORDINALITY AS wanted (account_id, story_id, n) ORDER BY n`;
}

function bounds(ids: readonly Id[]): readonly [Id, Id] {
  const sorted = ids.toSorted(compareIds);
  return [sorted[0] ?? 0n, sorted.at(-1) ?? 0n];
}
