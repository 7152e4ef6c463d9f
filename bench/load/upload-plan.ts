import type { Community } from "../seed/arithmetic.ts";

/** What a process that uploads is told to do, and what it says of it: JSON between two processes. */
export interface UploadPlan {
  readonly port: number;
  readonly community: Community;
  /** As a form, or by tus with requests of so many bytes. */
  readonly way: "form" | { readonly chunkBytes: number };
  /** Each in turn, as often as it takes. */
  readonly files: readonly string[];
  readonly contentType: string;
  readonly atOnce: number;
  /** Null: until it is told to stop. */
  readonly count: number | null;
  /** Of each upload, as a phone's network has it; null: as fast as it is taken. */
  readonly bytesPerS: number | null;
  /** Index of the first who uploads, and how many do, each in turn. */
  readonly people: { readonly from: number; readonly count: number };
}

export interface Upload {
  readonly id: string;
  /** Index of who uploaded it. */
  readonly owner: number;
  /** Milliseconds since 1970. */
  readonly startedMs: number;
  readonly answeredMs: number;
}

export interface UploadResult {
  /** Those that were answered as taken. */
  readonly uploads: readonly Upload[];
  /** The others, by status or by what happened. */
  readonly failures: Readonly<Record<string, number>>;
  readonly cpuUs: number;
}

export type UploadLine =
  /** As many are under way as are to be at once. */
  { readonly type: "begun" } | { readonly type: "result"; readonly result: UploadResult };
