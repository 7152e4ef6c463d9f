import { Type, type Static } from "typebox";
import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import type { MediaKind } from "../../ports/processing.ts";

/** The door of the media module: photos and videos, and who may see them where. */

/** `processing`: its files are being made. */
export const mediaStateSchema = Type.Union([
  Type.Literal("processing"),
  Type.Literal("ready"),
  Type.Literal("failed"),
]);
export type MediaState = Static<typeof mediaStateSchema>;

const urlNote =
  "Relative to the API's address unless the operator has named another. Of a story that is not public " +
  "it is signed, and good for 18 hours at least and a day at most.";
const nullable = <T extends ReturnType<typeof Type.String> | ReturnType<typeof Type.Number>>(
  schema: T,
) => Type.Union([schema, Type.Null()]);

export const mediaSchema = Type.Object(
  {
    id: Type.String({ description: "Decimal id." }),
    kind: Type.Union([Type.Literal("image"), Type.Literal("video")]),
    state: mediaStateSchema,
    problem: nullable(
      Type.String({
        description:
          "Why it failed: `broken`, `too_many_pixels`, `too_many_frames`, `too_long`, `too_costly`, `unsupported`, or `not_made` where nothing could be made of it without a reason in the file.",
      }),
    ),
    alt: Type.String({ description: "What it shows, for who cannot see it; may be empty." }),
    width: Type.Integer({ description: "In pixels, as it is shown." }),
    height: Type.Integer(),
    durationSeconds: nullable(Type.Number({ description: "Of what moves." })),
    blurhash: nullable(Type.String()),
    url: nullable(Type.String({ description: urlNote })),
    previewUrl: nullable(
      Type.String({ description: "A small picture of it; of a video, its poster." }),
    ),
    variants: Type.Array(
      Type.Object({
        url: Type.String(),
        type: Type.String({ description: "Media type, such as `image/avif`." }),
        width: Type.Integer(),
      }),
    ),
  },
  { title: "Media" },
);
export type MediaJson = Static<typeof mediaSchema>;

/** A file of a media item, as its address names it. */
export interface MediaFile {
  readonly name: string;
  /** Media type, such as `image/avif`. */
  readonly type: string;
  /** In pixels. */
  readonly width: number;
}

/** What a story keeps of a media item that it shows: enough to write it out, whoever reads it. */
export interface MediaCopy {
  readonly id: string;
  /** Rises with every change of what is here. */
  readonly version: number;
  readonly kind: MediaKind;
  readonly state: MediaState;
  readonly problem: string | null;
  readonly alt: string;
  /** In pixels, as it is shown; before it is ready as its file says. */
  readonly width: number;
  readonly height: number;
  /** Null: it does not move, or does not say. */
  readonly durationMs: number | null;
  /** Null until it is ready, as are `preview` and all `files`. */
  readonly blurhash: string | null;
  /** In its addresses, and in no other place: who does not know it cannot guess them. */
  readonly secret: string;
  readonly access: Access;
  /** The first is the one that everybody can show. */
  readonly files: readonly MediaFile[];
  /** The name of the file that stands for it where it is small. */
  readonly preview: string | null;
}

/** By which address it is read: a plain one, or one that is signed and whose time ends. */
export type Access = "public" | "signed";

export interface WrittenMedia {
  readonly media: readonly MediaJson[];
  /** Seconds since 1970 from which on it is to be written anew; 0: never. */
  readonly untilS: number;
}

export interface Media {
  /**
   * What of these a story or profile of the owner may show, in their order; null for what is not there,
   * not theirs, failed, about to be removed, or in as many stories as it may be. From the record.
   */
  usable(context: Context, ownerId: Id, ids: readonly Id[]): Promise<readonly (MediaCopy | null)[]>;
  /** As these are now, whoever owns them; null for what is gone. From the record. */
  current(context: Context, ids: readonly Id[]): Promise<readonly (MediaCopy | null)[]>;
  /** As the API shows it, with addresses that are good now. Asks nobody. */
  write(copies: readonly MediaCopy[]): WrittenMedia;
  /** The address of a picture for where faces are shown; null: it is not ready, or not for everybody yet. */
  avatarUrl(copy: MediaCopy): string | null;
  /** Throws a problem of status 503 while nothing can be kept: asked before what takes long. */
  mayKeep(): void;
  /**
   * Keeps the picture of a link, for everybody: a file on this machine, made fit for a preview. The same
   * `id` again replaces it. Gives its path, of which `previewUrl` makes an address; null: it is no picture that
   * is taken. Fails with a problem of status 503 while the store is away or full, and with the signal's reason.
   */
  keepPreview(context: Context, id: Id, file: string, signal: AbortSignal): Promise<string | null>;
  /** Where browsers ask for the picture of a link, which operators may change. */
  previewUrl(path: string): string;
  /** Removes pictures of links. Safe to repeat; anything else is left alone. */
  dropPreviews(context: Context, ids: readonly Id[]): Promise<void>;
  /** An empty folder on this machine for the time of one piece of work; `remove` takes it away. */
  workFolder(): Promise<{ readonly path: string; remove(): Promise<void> }>;
}
