import type { Id } from "../../kernel/id.ts";
import { idArray, type Sql } from "../../ports/record.ts";
import type { StoryRow } from "./store-stories.ts";

/** Of a story's row what everybody is shown. */
export type TextRow = Pick<
  StoryRow,
  "id" | "authorId" | "visibility" | "version" | "editedAt" | "text" | "lang" | "link" | "media"
>;

/** In no order; only live ones. What most stories do not have comes as NULL, which costs nothing to read. */
export async function liveTexts(sql: Sql, ids: readonly Id[]): Promise<readonly TextRow[]> {
  const rows = await sql<(Omit<TextRow, "media"> & { media: TextRow["media"] | null })[]>`
    SELECT id, author_id AS "authorId", visibility, version, edited_at AS "editedAt", text, lang,
      link, CASE WHEN media <> '[]' THEN media END AS media
    FROM stories.stories WHERE id = ANY(${idArray(ids)}::bigint[]) AND status = 'live'`;
  return rows.map((row) => ({ ...row, media: row.media ?? [] }));
}
