import type { Id } from "../../kernel/id.ts";
import { idArray, type Sql, type TransactionSql } from "../../ports/record.ts";

/** Pictures that the media module keeps for links. */

/** Unused: it is to be removed. */
export async function addImage(
  sql: TransactionSql,
  image: { readonly linkId: Id; readonly imageId: Id; readonly isUnused: boolean },
): Promise<void> {
  await sql`
    INSERT INTO links.images (link_id, image_id, unused)
    VALUES (${image.linkId}, ${image.imageId}, ${image.isUnused})
    ON CONFLICT DO NOTHING`;
}

/** All pictures of links that are gone. */
export async function releaseImages(sql: TransactionSql, linkIds: readonly Id[]): Promise<void> {
  await sql`
    UPDATE links.images SET unused = true WHERE link_id = ANY (${idArray(linkIds)}::bigint[])`;
}

export async function unusedImages(sql: Sql, limit: number): Promise<readonly Id[]> {
  const rows = await sql<{ image_id: bigint }[]>`
    SELECT image_id FROM links.images WHERE unused ORDER BY image_id LIMIT ${limit}`;
  return rows.map((row) => row.image_id);
}

export async function forgetImages(sql: TransactionSql, imageIds: readonly Id[]): Promise<void> {
  await sql`
    DELETE FROM links.images
    WHERE unused AND image_id = ANY (${idArray(imageIds)}::bigint[])`;
}
