import { Type } from "typebox";
import { present } from "../../kernel/assert.ts";
import type { Context, Viewer } from "../../kernel/context.ts";
import type { Addresses } from "./address.ts";
import { mediaSchema } from "./contract.ts";
import { copyOf, type MediaRow } from "./store-media.ts";
import { writeMedia } from "./write.ts";

/** What the module's routes have alike. */
export interface ShowDeps {
  readonly addresses: Addresses;
}

export const tag = "Media";
export const mediaAnswer = Type.Object({ media: mediaSchema });

/** The host lets nobody past a route that needs a viewer. */
export function viewerOf(context: Context): Viewer {
  return present(context.viewer, "the viewer");
}

/** As JSON text. */
export function mediaJsonOf({ addresses }: ShowDeps, row: MediaRow): string {
  return JSON.stringify(writeMedia(addresses, [copyOf(row)]).media[0]);
}
