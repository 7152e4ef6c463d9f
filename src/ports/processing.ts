/**
 * Looks into photos and videos that strangers sent, and makes of them what is shown. Nothing of it
 * runs in the process that asks: what a file does there costs at most the bounds below.
 */
export type MediaKind = "image" | "video";

/** Why a file is not taken. Stable, and shown in `problem`. */
export type MediaFault =
  /** No photo or video of a format that is taken, whatever its name says. */
  | "unsupported"
  /** It begins as one, and cannot be read. */
  | "broken"
  | "too_many_pixels"
  | "too_many_frames"
  | "too_long"
  /** It wants more time or memory than a file is given. */
  | "too_costly";

export interface Refused {
  readonly fault: MediaFault;
}

/** What a file says of itself, before anything of it is decoded whole. */
export interface Probed {
  readonly kind: MediaKind;
  /** By content: `image/jpeg`, `video/mp4` … */
  readonly contentType: string;
  /** As it is shown: orientation applied. */
  readonly width: number;
  readonly height: number;
  /** Null: it does not move, or does not say. */
  readonly durationMs: number | null;
}

/** A file that was made: a photo's width, a video, its poster. */
export interface MadeFile {
  /**
   * In the address: `1280.webp` and `640.avif` show the same in other sizes and formats, `video.mp4` is a
   * video. `still-640.webp` and `poster-640.webp` stand for what moves, `preview-800.webp` for a link.
   */
  readonly name: string;
  /** On this machine. */
  readonly path: string;
  readonly contentType: string;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
}

export interface Made {
  readonly width: number;
  readonly height: number;
  readonly durationMs: number | null;
  readonly blurhash: string;
  /** The first is what `url` names: whoever knows one format knows it. */
  readonly files: readonly MadeFile[];
  /** The name of the file that stands for it where it is small: `previewUrl`. */
  readonly preview: string;
}

export interface MediaProcessing {
  /** Null: videos are taken. Otherwise what is missing on this machine. */
  readonly videoMissing: string | null;
  /**
   * By the first bytes of a file (4,100 are enough): what it is, if it is one that is taken. Whatever it is,
   * this costs next to nothing: it may be asked in the process that serves people.
   */
  sniff(
    head: Uint8Array,
  ): Promise<{ readonly kind: MediaKind; readonly contentType: string } | null>;
  /** Reads no more than it must; within a second or two. Throws as `make` does. */
  probe(path: string, signal: AbortSignal): Promise<Probed | Refused>;
  /**
   * Makes the files of a photo or video in an empty folder that is there. Without anything that told
   * where, when and by what it was taken. Throws what says nothing of the file, such as a full disk, a
   * process that was killed from outside, or a machine that had no time; then it may be asked again. What
   * lies in the folder after anything but `Made` is good for nothing.
   */
  make(path: string, folder: string, signal: AbortSignal): Promise<Made | Refused>;
  /** The same for the picture of a link: one file, of a width fit for a preview. */
  makePreview(path: string, folder: string, signal: AbortSignal): Promise<Made | Refused>;
  close(): Promise<void>;
}
