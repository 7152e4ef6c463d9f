/** What an operator may set of media. */
export interface MediaSettings {
  readonly imageBytesMax: number;
  readonly videoBytesMax: number;
  /** Uploads of one person that no story and no profile uses. */
  readonly unusedMax: number;
  /** Files that a node makes at once. */
  readonly makingAtOnceMax: number;
  /** Of making one file, in milliseconds. */
  readonly makingTimeoutMs: number;
  /** Before the paths of files, such as `https://media.example`; null: the API's own address. */
  readonly baseUrl: string | null;
  /** Where a cache in front of the files is told what to forget; null: there is none. */
  readonly purgeUrl: string | null;
}

/**
 * Of looking into a file that has come in and keeping it: a large one takes its time on the way to a
 * store that is not on this machine.
 */
export const keepingTimeoutMs = 120_000;

export const altGraphemesMax = 1_500;
export const altBytesMax = 8 * 1024;

const hourMs = 3_600_000;
/** What nobody has used is removed after that. */
export const unusedMs = 24 * hourMs;
/** An upload that nobody has finished is given up after that. */
export const uploadForMs = 24 * hourMs;
/** Of one person, under way at once. */
export const uploadsMax = 50;
/** What is about to be removed cannot be used any more. */
export const usableMs = hourMs;
/** A media item in more stories than that is used in no further one. */
export const usesMax = 100;
