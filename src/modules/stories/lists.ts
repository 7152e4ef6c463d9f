import type { Context } from "../../kernel/context.ts";
import { idMax, parseId, type Id } from "../../kernel/id.ts";
import { pageSizeDefault, type Cursors } from "../../kernel/page.ts";
import { unauthenticated } from "../../kernel/problem.ts";
import type { RecordPort } from "../../ports/record.ts";
import { fillPage, type PageSource } from "./fill-page.ts";
import { commentJson, pageJson, presentStories, type PresentDeps } from "./present.ts";
import { seeStoriesOf, seeStory, visiblePeople, type SightDeps } from "./sight.ts";
import { commentsBy, commentsOf, type CommentOrder } from "./store-comments.ts";
import { likersOf } from "./store-reactions.ts";
import { storyIdsOf } from "./store-stories.ts";

/** The module's lists, as JSON text. Each page is full or the last, whatever is hidden. */

export interface ListDeps extends SightDeps, PresentDeps {
  readonly record: RecordPort;
  readonly cursors: Cursors;
}

export interface PageQuery {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

/** Before the first id, in a list that rises. */
const beforeAll: Id = 0n;

async function listPage<Row>(
  deps: Pick<ListDeps, "cursors">,
  context: Context,
  list: { readonly name: string; readonly first: Id; readonly query: PageQuery },
  source: PageSource<Row, string>,
): Promise<string> {
  const { name, first, query } = list;
  const [position] = deps.cursors.decode(name, query.cursor) ?? [];
  const after = position === undefined ? first : (parseId(position) ?? first);
  const limit = query.limit ?? pageSizeDefault;
  const { items, lastId } = await fillPage(context, { after, limit }, source);
  return pageJson(items, lastId === null ? null : deps.cursors.encode(name, [lastId]));
}

/** A person's stories, newest first, as far as the viewer may see them. */
export async function listStoriesOf(
  deps: ListDeps,
  context: Context,
  authorId: Id,
  query: PageQuery,
): Promise<string> {
  const { author, visibilities } = await seeStoriesOf(deps, context, authorId);
  const list = { name: `stories.of:${String(authorId)}`, first: idMax, query };
  return listPage(deps, context, list, {
    fetch: (below, limit) =>
      deps.record.read(context, (sql) => storyIdsOf(sql, authorId, { visibilities, below, limit })),
    idOf: (id: Id) => id,
    async show(ids) {
      const found = await deps.bodies.find(context, ids);
      // Memory may know of a narrower visibility than the list's rows did.
      const shown = found.map((story) =>
        story !== null && visibilities.includes(story.visibility) ? story : null,
      );
      const live = shown.flatMap((story) => (story === null ? [] : [{ story, author }]));
      const texts = (await presentStories(deps, context, live)).values();
      return shown.map((story) => (story === null ? null : (texts.next().value ?? null)));
    },
  });
}

/** Who likes a story, the latest first. */
export async function listLikers(
  deps: ListDeps,
  context: Context,
  storyId: Id,
  query: PageQuery,
): Promise<string> {
  await seeStory(deps, context, storyId);
  const list = { name: `stories.likes:${String(storyId)}`, first: idMax, query };
  return listPage(deps, context, list, {
    fetch: (below, limit) =>
      deps.record.read(context, (sql) => likersOf(sql, storyId, { below, limit })),
    idOf: (liker) => liker.id,
    async show(likers) {
      const ids = likers.map((liker) => liker.accountId);
      const people = await visiblePeople(deps, context, ids);
      return ids.map((id) => people.get(id)?.json ?? null);
    },
  });
}

export async function listComments(
  deps: ListDeps,
  context: Context,
  storyId: Id,
  query: PageQuery & { readonly order?: CommentOrder | undefined },
): Promise<string> {
  await seeStory(deps, context, storyId);
  const order = query.order ?? "oldest";
  const name = `stories.comments:${String(storyId)}:${order}`;
  const list = { name, first: order === "oldest" ? beforeAll : idMax, query };
  return listPage(deps, context, list, {
    fetch: (after, limit) =>
      deps.record.read(context, (sql) => commentsOf(sql, storyId, { order, after, limit })),
    idOf: (comment) => comment.id,
    async show(comments) {
      const ids = comments.map((comment) => comment.authorId);
      const people = await visiblePeople(deps, context, ids);
      return comments.map((comment) => {
        const author = people.get(comment.authorId);
        return author === undefined ? null : commentJson(comment, author);
      });
    },
  });
}

/**
 * What the viewer has written below stories, the latest first. Also below those that the viewer may
 * not see any more: the words stay the viewer's own, to be taken along or deleted.
 */
export async function listOwnComments(
  deps: ListDeps,
  context: Context,
  viewerId: Id,
  query: PageQuery,
): Promise<string> {
  const [author = null] = await deps.accounts.summaries(context, [viewerId]);
  if (author === null) {
    throw unauthenticated();
  }
  const list = { name: `stories.comments.by:${String(viewerId)}`, first: idMax, query };
  return listPage(deps, context, list, {
    fetch: (below, limit) =>
      deps.record.read(context, (sql) => commentsBy(sql, viewerId, { below, limit })),
    idOf: (comment) => comment.id,
    async show(comments) {
      const ids = comments.map((comment) => comment.storyId);
      const stories = await deps.bodies.find(context, ids);
      return comments.map((comment, i) =>
        (stories[i] ?? null) === null ? null : commentJson(comment, author),
      );
    },
  });
}
