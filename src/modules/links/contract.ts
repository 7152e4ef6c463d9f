import type { Context } from "../../kernel/context.ts";

/** The door of the links module: what pages say of themselves that stories lead to. */

export interface Preview {
  readonly title: string | null;
  readonly description: string | null;
  /** Of a picture that this server hands out; the media module's `previewUrl` makes an address of it. */
  readonly imagePath: string | null;
}

export interface Links {
  /** In the order of the addresses; null where nothing is known, or not yet. */
  previews(context: Context, urls: readonly string[]): Promise<readonly (Preview | null)[]>;
}
