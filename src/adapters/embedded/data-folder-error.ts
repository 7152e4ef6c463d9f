/** The stable reasons for which a data folder cannot be used. */
export type DataFolderErrorCode =
  | "in-use"
  | "not-writable"
  | "wrong-owner"
  | "disk-full"
  | "unreachable"
  | "version"
  | "start-failed"
  | "unsupported-platform";

/** A data folder that cannot be used now. The message names the cause, the path and what to do about it. */
export class DataFolderError extends Error {
  override readonly name = "DataFolderError";
  readonly code: DataFolderErrorCode;

  constructor(code: DataFolderErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const diskFull = (path: string): string =>
  `The disk that holds ${path} is full. Free some space there, or choose another data folder with --data.`;

/**
 * Translates an error of the operating system at `path`. What is already translated, and what is an error of this
 * program, passes unchanged.
 */
export function fromFileError(error: unknown, path: string): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  if (error instanceof DataFolderError || !("code" in error)) return error;
  const options = { cause: error };
  switch (String(error.code)) {
    case "ENOSPC":
    case "EDQUOT":
      return new DataFolderError("disk-full", diskFull(path), options);
    case "EROFS":
      return new DataFolderError(
        "not-writable",
        `${path} is on a read-only file system. Mount it writable, or choose another data folder with --data.`,
        options,
      );
    case "EACCES":
    case "EPERM":
      return new DataFolderError(
        "not-writable",
        `${path} cannot be written to (permission denied). Change its owner or mode, or choose another data folder with --data.`,
        options,
      );
    case "ENOTDIR":
    case "EEXIST":
      return new DataFolderError(
        "unreachable",
        `${path} cannot be a data folder, because it or a folder above it is a file. Choose another data folder with --data.`,
        options,
      );
    default:
      return new DataFolderError(
        "start-failed",
        `${path} cannot be used: ${error.message}`,
        options,
      );
  }
}

/** Translates the last words of a PostgreSQL program about the cluster at `path`. */
export function fromServerOutput(lastWords: string, path: string): DataFolderError {
  const said = `PostgreSQL said: ${lastWords}`;
  if (/no space left on device|disk quota exceeded/i.test(lastWords)) {
    return new DataFolderError("disk-full", `${diskFull(path)} ${said}`);
  }
  if (/wrong ownership|invalid permissions/i.test(lastWords)) {
    return new DataFolderError(
      "wrong-owner",
      `${path} must belong to the user that PostgreSQL runs as and be closed to others (mode 0700). ${said}`,
    );
  }
  if (/read-only file system|permission denied|operation not permitted/i.test(lastWords)) {
    return new DataFolderError(
      "not-writable",
      `${path} cannot be written to by PostgreSQL. Make the folder and all within it writable for its owner. ${said}`,
    );
  }
  if (
    /incompatible with server|not compatible with this version|initialized by PostgreSQL version/i.test(
      lastWords,
    )
  ) {
    return new DataFolderError(
      "version",
      `${path} was written by another version of PostgreSQL. ${said}`,
    );
  }
  if (isDamage(lastWords)) {
    return new DataFolderError(
      "start-failed",
      `The database in ${path} is damaged. Restore the folder from a backup, or move it away to begin with an empty one. ${said}`,
    );
  }
  return new DataFolderError("start-failed", `PostgreSQL could not start in ${path}. ${said}`);
}

function isDamage(lastWords: string): boolean {
  return /checkpoint record|control file|pg_control|pg_filenode|could not (open|read|access|locate|find)|"pg_wal" does not exist|invalid page|checksum|not a database cluster directory|missing or erroneous/i.test(
    lastWords,
  );
}
