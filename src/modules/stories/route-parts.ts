import { Type, type TSchema } from "typebox";
import { present } from "../../kernel/assert.ts";
import type { Context, Viewer } from "../../kernel/context.ts";
import { parseId, type Id } from "../../kernel/id.ts";
import { pageSizeDefault, pageSizeMax } from "../../kernel/page.ts";
import { notFound } from "../../kernel/problem.ts";

/** What the module's routes have alike. */

export const tag = "Stories";

export const storyParams = Type.Object({ id: Type.String({ description: "A story's id." }) });

export const pageMembers = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: pageSizeMax, default: pageSizeDefault }),
  ),
  cursor: Type.Optional(Type.String()),
};
export const pageQuery = Type.Object(pageMembers);

export function pageSchema<T extends TSchema>(item: T) {
  return Type.Object({
    items: Type.Array(item),
    nextCursor: Type.Union([Type.String(), Type.Null()]),
  });
}

/** What is no id is the id of nothing. */
export function idParam(text: string): Id {
  const id = parseId(text);
  if (id === undefined) {
    throw notFound();
  }
  return id;
}

/** The host lets nobody past a route that needs a viewer. */
export function viewerOf(context: Context): Viewer {
  return present(context.viewer, "the viewer");
}
