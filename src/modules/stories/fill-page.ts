import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";

/** Fills a page from rows of which some are hidden from the viewer, so that it is full or the last. */
export interface PageSource<Row, Item> {
  /** Rows after this id in the list's order. */
  readonly fetch: (after: Id, limit: number) => Promise<readonly Row[]>;
  readonly idOf: (row: Row) => Id;
  /** In the order of the rows; null for what is hidden. */
  readonly show: (rows: readonly Row[]) => Promise<readonly (Item | null)[]>;
}

export interface FilledPage<Item> {
  readonly items: readonly Item[];
  /** Of the last item; null at the end of the list. */
  readonly lastId: Id | null;
}

/** Where many rows are hidden, each step takes more, up to this. */
const rowsMax = 1000;
const growth = 2;

export async function fillPage<Row, Item>(
  context: Context,
  { after, limit }: { readonly after: Id; readonly limit: number },
  source: PageSource<Row, Item>,
): Promise<FilledPage<Item>> {
  const shown: { readonly id: Id; readonly item: Item }[] = [];
  let position = after;
  // One more than the page holds tells whether there is another page.
  for (let size = limit + 1; ; size = Math.min(rowsMax, size * growth)) {
    context.deadline.check();
    const rows = await source.fetch(position, size);
    const items = await source.show(rows);
    rows.forEach((row, i) => {
      const item = items[i] ?? null;
      position = source.idOf(row);
      if (item !== null) {
        shown.push({ id: position, item });
      }
    });
    if (shown.length > limit || rows.length < size) {
      const page = shown.slice(0, limit);
      const more = shown.length > limit;
      return {
        items: page.map(({ item }) => item),
        lastId: more ? (page.at(-1)?.id ?? null) : null,
      };
    }
  }
}
