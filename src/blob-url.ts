import { fileURLToPath } from "node:url";

/** Where blobs are kept: what MARU_BLOB_URL says. */
export type BlobAddress = FolderAddress | S3Address;

export interface FolderAddress {
  readonly kind: "folder";
  /** An absolute path. */
  readonly folder: string;
}

export interface S3Address {
  readonly kind: "s3";
  readonly bucket: string;
  /** What all keys begin with, before a slash; null: nothing. */
  readonly prefix: string | null;
  /** Scheme, host and port; null: AWS itself. */
  readonly endpoint: string | null;
  /** Null: where the AWS SDK looks for it. */
  readonly region: string | null;
  /** The bucket stands in the path; otherwise it is part of the host's name. */
  readonly pathStyle: boolean;
  /** Null: where the AWS SDK looks for them. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
}

/** What is wrong with it, as a sentence in which no part of a secret stands. */
export interface BlobUrlFault {
  readonly kind: "fault";
  readonly sentence: string;
}

class Fault extends Error {}

const s3Form = "s3://KEY:SECRET@HOST/BUCKET";
/** What stands before the last @, host and port, path, parameters, and what should not be there. */
const s3Pattern = /^s3:\/\/(?:([^/?#]*)@)?([^/?#@]*)(\/[^?#]*)?(?:\?([^#]*))?(#.*)?$/is;
const awsHostPattern = /^s3[.-](?:dualstack[.])?([a-z0-9-]+)[.]amazonaws[.]com(?:[.]cn)?$/;
const bucketPattern = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const prefixPattern =
  /^(?=.{1,200}$)[0-9A-Za-z_-][0-9A-Za-z._-]*(?:\/[0-9A-Za-z_-][0-9A-Za-z._-]*)*$/;
const regionPattern = /^[A-Za-z0-9_-]{1,60}$/;
const parameters = ["region", "tls", "pathStyle"];
/** What stores that are not AWS call the region that they are in, unless they are told otherwise. */
const regionElsewhere = "us-east-1";

export function parseBlobUrl(text: string): BlobAddress | BlobUrlFault {
  try {
    if (/^file:/i.test(text)) return parseFolder(text);
    if (/^s3:/i.test(text)) return parseS3(text);
    throw new Fault(`It begins with file:// for a folder, or s3:// for a bucket.`);
  } catch (error) {
    if (error instanceof Fault) return { kind: "fault", sentence: error.message };
    throw error;
  }
}

function must(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Fault(sentence);
}

function parseFolder(text: string): FolderAddress {
  const form = "A folder is written file:///var/lib/maru/blobs";
  const url = URL.parse(text);
  must(/^file:\/\/(?:localhost)?\//i.test(text), `${form}: an absolute path, after three slashes.`);
  must(url !== null, `${form}.`);
  must(url.search === "" && url.hash === "", `${form}, without ? and #.`);
  const folder = pathOf(url);
  must(folder !== null, `${form}; a % is written %25, and no name holds a slash.`);
  must(folder.replaceAll("/", "") !== "", `${form}: the whole disk is not a folder for blobs.`);
  return { kind: "folder", folder };
}

function pathOf(url: URL): string | null {
  try {
    const path = fileURLToPath(url);
    return path.includes("\0") ? null : path;
  } catch {
    return null;
  }
}

function parseS3(text: string): S3Address {
  const [, userInfo, host = "", path = "", query = "", hash] = s3Pattern.exec(text) ?? [];
  must(s3Pattern.test(text), `A bucket is written ${s3Form}.`);
  must(
    !path.includes("@") && !query.includes("@") && hash?.includes("@") !== true,
    "The key and the secret are URL-encoded: a / in them is written %2F, a ? %3F, a # %23.",
  );
  must(hash === undefined, "It has no part after a #.");
  const given = parseParameters(query);
  const tls = switchOf(given, "tls") ?? true;
  const credentials = parseCredentials(userInfo);
  const endpoint = parseEndpoint(host, tls);
  must(
    endpoint !== null || tls,
    "tls=false goes with a host; without one the bucket is in AWS, where TLS is the rule.",
  );
  const { bucket, prefix } = parsePath(path);
  const awsRegion = awsHostPattern.exec(host)?.[1];
  const isAws = endpoint === null || /[.]amazonaws[.]com(?:[.]cn)?$/.test(host);
  const region = given.get("region") ?? awsRegion ?? (isAws ? null : regionElsewhere);
  must(region === null || regionPattern.test(region), "Its region is a name such as eu-west-1.");
  const pathStyle = switchOf(given, "pathStyle") ?? !isAws;
  return { kind: "s3", bucket, prefix, endpoint, region, pathStyle, credentials };
}

function parseParameters(query: string): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    // A name that is not known may be a part of a secret.
    must(parameters.includes(name), `Its parameters are ${parameters.join(", ")}, and no others.`);
    must(!given.has(name), `Its parameter ${name} stands there twice.`);
    given.set(name, value);
  }
  return given;
}

function switchOf(given: ReadonlyMap<string, string>, name: string): boolean | undefined {
  const value = given.get(name);
  must(
    value === undefined || value === "true" || value === "false",
    `Its parameter ${name} is true or false.`,
  );
  return value === undefined ? undefined : value === "true";
}

function parseCredentials(userInfo: string | undefined): S3Address["credentials"] {
  if (userInfo === undefined) return null;
  const [key = "", secret = "", ...more] = userInfo.split(":");
  must(
    key !== "" && secret !== "" && more.length === 0,
    "Before the @ stand a key and a secret, with one : between them; a : in them is written %3A.",
  );
  const [accessKeyId, secretAccessKey] = [decoded(key), decoded(secret)];
  must(
    accessKeyId !== null && secretAccessKey !== null,
    "The key and the secret are URL-encoded: a % in them is written %25.",
  );
  return { accessKeyId, secretAccessKey };
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

function parseEndpoint(host: string, tls: boolean): string | null {
  if (host === "") return null;
  // It is not repeated: where a slash in a secret is not encoded, this is the beginning of the secret.
  const sentence =
    "After the @ stands a host, perhaps with a port: s3.example.com, or 10.0.0.5:9000.";
  must(/^(?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]+)?$/i.test(host), sentence);
  const url = URL.parse(`${tls ? "https" : "http"}://${host}`);
  must(url !== null && url.port !== "0", sentence);
  return url.origin;
}

function parsePath(path: string): { readonly bucket: string; readonly prefix: string | null } {
  const [bucket = "", ...names] = path.replace(/^\//, "").replace(/\/$/, "").split("/");
  must(
    bucket !== "",
    `It names no bucket: ${s3Form}, or s3:///BUCKET for one in AWS, with three slashes.`,
  );
  must(
    bucketPattern.test(bucket),
    "The bucket's name is made of 3 to 63 of a-z, 0-9, - and ., and begins and ends with a letter or digit.",
  );
  if (names.length === 0) return { bucket, prefix: null };
  const prefix = names.join("/");
  must(
    prefixPattern.test(prefix),
    "What stands behind the bucket is at most 200 of a-z, A-Z, 0-9, -, _ and ., with slashes between names.",
  );
  return { bucket, prefix };
}
