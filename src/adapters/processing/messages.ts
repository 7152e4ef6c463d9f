import type { MediaFault, MediaKind, Probed } from "../../ports/processing.ts";

/** What the node and a process that looks into media say to each other. */

export interface MediaLimits {
  /** Of an animation, in all its frames together. */
  readonly imagePixelsMax: number;
  readonly imageFramesMax: number;
  readonly videoSecondsMax: number;
  /** Of one frame. */
  readonly videoPixelsMax: number;
}

/** How ffmpeg and ffprobe are run on this machine. */
export interface VideoPrograms {
  readonly ffmpeg: string;
  readonly ffprobe: string;
  /** There is a `setpriv` that ends a program with the one that started it. */
  readonly canTether: boolean;
  /** Colours beyond those of a usual screen can be brought down to them. */
  readonly canToneMap: boolean;
}

export type Task =
  | { readonly kind: "probe"; readonly path: string }
  | { readonly kind: "make" | "preview"; readonly path: string; readonly folder: string };

export interface Work {
  readonly task: Task;
  readonly limits: MediaLimits;
  /** Null: videos are not taken. */
  readonly video: VideoPrograms | null;
  /** Of a program that is started for it. */
  readonly memoryBytesMax: number;
  /** CPU time of such a program. */
  readonly programSecondsMax: number;
}

/** A file that was made, as the process says; the node looks for itself. */
export interface NamedFile {
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

export interface MadeFiles {
  readonly width: number;
  readonly height: number;
  readonly durationMs: number | null;
  readonly blurhash: string;
  readonly files: readonly NamedFile[];
  readonly preview: string;
}

export type Answer =
  | { readonly kind: "probed"; readonly probed: Probed }
  | { readonly kind: "made"; readonly made: MadeFiles }
  | { readonly kind: "refused"; readonly fault: MediaFault }
  /** It says nothing of the file. */
  | { readonly kind: "failed"; readonly message: string };

export type FromMediaProcess =
  | Answer
  /** What the file is, by its first bytes: how long the work may take depends on it. */
  | { readonly kind: "sniffed"; readonly media: MediaKind }
  /** A program runs for it from now on, or has ended (null). */
  | { readonly kind: "program"; readonly pid: number | null };
