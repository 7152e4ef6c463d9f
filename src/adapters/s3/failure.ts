import { S3ServiceException } from "@aws-sdk/client-s3";
import { BlobsFull, BlobsUnavailable } from "../../ports/blobs.ts";

/** Where blobs are, as operators know it; nothing secret. */
export interface StoreName {
  readonly bucket: string;
  readonly host: string;
}

/** Of AWS, MinIO, Ceph and others. */
const namesOfFull = new Set([
  "QuotaExceeded",
  "ServiceQuotaExceeded",
  "XMinioAdminBucketQuotaExceeded",
  "XMinioStorageFull",
]);

/** What the SDK calls an answer without a code in it, as those to HEAD are. */
const namelessPattern = /^(?:Unknown|UnknownError|[0-9]{3})$/;
const namesOfStatus: Readonly<Record<number, string>> = {
  403: "AccessDenied",
  416: "InvalidRange",
  507: "QuotaExceeded",
};

const meanings: Readonly<Record<string, string>> = {
  NoSuchBucket: "is not there: make it, or mend its name",
  InvalidAccessKeyId: "does not know the key",
  SignatureDoesNotMatch: "does not take the secret",
  AccessDenied: "does not permit this to these credentials",
  RequestTimeTooSkewed: "refuses because the clocks of the two machines differ",
  PermanentRedirect: "is in another region, or is reached by another host",
  AuthorizationHeaderMalformed: "is in another region, or calls its region otherwise",
  RegionMissing:
    "needs a region: give it as ?region=… in the address, or where the AWS SDK looks for it",
  CredentialsProviderError:
    "needs credentials: give them in the address, or where the AWS SDK looks for them",
  ENOTFOUND: "cannot be reached, as no machine has that name",
  ECONNREFUSED: "cannot be reached, as nobody listens there",
  TimeoutError: "does not answer in time",
  AbortError: "does not answer in time",
  Problem: "does not keep up with what is to be written",
};

/** What a failed question to the store means to whoever keeps blobs there. */
export function failureOf(error: unknown, store: StoreName): BlobsFull | BlobsUnavailable {
  if (error instanceof BlobsUnavailable) return error;
  const place = `The bucket ${store.bucket} at ${store.host}`;
  const name = nameOf(error);
  if (namesOfFull.has(name)) return new BlobsFull(`${place} is full (${name})`, { cause: error });
  const message = error instanceof Error && error.message !== "" ? `: ${error.message}` : "";
  const meaning = meanings[name] ?? "fails";
  return new BlobsUnavailable(`${place} ${meaning} (${name}${message})`, { cause: error });
}

/** S3's code for what went wrong, or the network's. */
export function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  if (error instanceof S3ServiceException && namelessPattern.test(error.name)) {
    return namesOfStatus[error.$metadata.httpStatusCode ?? 0] ?? error.name;
  }
  if (/region is missing/i.test(error.message)) return "RegionMissing";
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return error.name in meanings ? error.name : (code ?? error.name);
}
