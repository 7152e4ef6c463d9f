import { BlobsFull, BlobsUnavailable } from "../../ports/blobs.ts";

const codesOfFull = new Set(["ENOSPC", "EDQUOT"]);

export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}

/** What the file system's error means to whoever keeps blobs there. */
export function failureIn(root: string, error: unknown): BlobsFull | BlobsUnavailable {
  if (error instanceof BlobsUnavailable) return error;
  if (codesOfFull.has(codeOf(error) ?? "")) {
    return new BlobsFull(`The disk that holds the blobs in ${root} is full`, { cause: error });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new BlobsUnavailable(`The blobs in ${root} cannot be got at: ${reason}`, {
    cause: error,
  });
}
