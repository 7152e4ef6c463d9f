import { Type, type Static } from "typebox";
import type { EventSchemas } from "../../ports/log.ts";

/** Aggregate `link`, version 0. A page is to be fetched. */
export const wantedSchema = Type.Object({
  linkId: Type.String(),
  /** Of the picture that will be kept with it, and so of this very asking. */
  imageId: Type.String(),
});
export type LinkWanted = Static<typeof wantedSchema>;

/** Aggregate `link`, version 0. What these stories' links lead to is known now; each once. */
export const previewedSchema = Type.Object({
  linkId: Type.String(),
  storyIds: Type.Array(Type.String()),
});
export type Previewed = Static<typeof previewedSchema>;

/** Aggregate `link`, version 0. More stories wait for it than one transaction tells; this tells the next. */
export const tellingContinuedSchema = Type.Object({ linkId: Type.String() });
export type TellingContinued = Static<typeof tellingContinuedSchema>;

export const linkWanted = "links.wanted.v1";
export const previewed = "links.previewed.v1";
export const tellingContinued = "links.telling_continued.v1";

export const linksEvents: EventSchemas = {
  [linkWanted]: wantedSchema,
  [previewed]: previewedSchema,
  [tellingContinued]: tellingContinuedSchema,
};
