import { isIP } from "node:net";
import { parseBlobUrl, type BlobAddress } from "./blob-url.ts";
import { isUrl, switched, wholeNumber, type Setting } from "./setting.ts";

/** What can be set of photos, videos and link previews: a part of the table in config.ts. */

const mebibyte = 1024 * 1024;
const gibibyte = 1024 * mebibyte;
const million = 1_000_000;
const minuteMs = 60_000;

const httpUrl = (setting: {
  readonly variable: string;
  readonly help: string;
}): Setting<string | null> => ({
  ...setting,
  allowed: "an http or https URL",
  fallback: null,
  parse: (text) => (isUrl(text, ["http:", "https:"]) ? text : undefined),
});

const ipv4Bits = 32;
const ipv6Bits = 128;

/** An address, or a network by its prefix. */
function isNetwork(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  const family = isIP(address);
  const bitsMax = family === 4 ? ipv4Bits : ipv6Bits;
  const isPrefix = bits === undefined || (/^[0-9]{1,3}$/.test(bits) && Number(bits) <= bitsMax);
  return family !== 0 && rest.length === 0 && isPrefix;
}

const networks = (setting: {
  readonly variable: string;
  readonly help: string;
}): Setting<readonly string[]> => ({
  ...setting,
  allowed: "IP addresses or CIDR ranges separated by commas",
  fallback: [],
  parse: (text) => {
    const parts = text.split(",").map((part) => part.trim());
    return parts.every(isNetwork) ? parts : undefined;
  },
});

export const mediaSettings = {
  blobUrl: {
    variable: "MARU_BLOB_URL",
    help: "Where photos and videos are kept, the same for every node; by default in the data folder.",
    allowed: "file:///folder, or s3://key:secret@host/bucket",
    fallback: null,
    isSecret: true,
    parse: (text: string) => {
      const address = parseBlobUrl(text);
      return address.kind === "fault" ? undefined : address;
    },
    fault: (text: string) => {
      const address = parseBlobUrl(text);
      return address.kind === "fault" ? address.sentence : null;
    },
  } satisfies Setting<BlobAddress | null>,
  mediaUrl: httpUrl({
    variable: "MARU_MEDIA_URL",
    help: "Where browsers ask for photos and videos, such as a CDN in front of this server; by default the server itself.",
  }),
  mediaPurgeUrl: httpUrl({
    variable: "MARU_MEDIA_PURGE_URL",
    help: "Where that CDN takes PURGE requests for what is not public any more; with it, it may keep files for long.",
  }),
  imageBytes: wholeNumber(
    {
      variable: "MARU_IMAGE_BYTES_MAX",
      help: "Bytes that an uploaded photo may have.",
      fallback: 32 * mebibyte,
    },
    1024,
    gibibyte,
  ),
  imagePixels: wholeNumber(
    {
      variable: "MARU_IMAGE_PIXELS_MAX",
      help: "Pixels that a photo may have, all frames of a moving one together.",
      fallback: 100 * million,
    },
    10_000,
    1_000 * million,
  ),
  imageFrames: wholeNumber(
    {
      variable: "MARU_IMAGE_FRAMES_MAX",
      help: "Frames that a moving picture may have.",
      fallback: 500,
    },
    1,
    100_000,
  ),
  videoBytes: wholeNumber(
    {
      variable: "MARU_VIDEO_BYTES_MAX",
      help: "Bytes that an uploaded video may have.",
      fallback: 512 * mebibyte,
    },
    1024,
    64 * gibibyte,
  ),
  videoPixels: wholeNumber(
    {
      variable: "MARU_VIDEO_PIXELS_MAX",
      help: "Pixels that a frame of a video may have.",
      fallback: 9 * million,
    },
    10_000,
    100 * million,
  ),
  videoSeconds: wholeNumber(
    { variable: "MARU_VIDEO_SECONDS_MAX", help: "Seconds that a video may last.", fallback: 300 },
    1,
    86_400,
  ),
  unusedMedia: wholeNumber(
    {
      variable: "MARU_MEDIA_UNUSED_MAX",
      help: "Uploads of one person that no story and no profile shows; they are removed after a day.",
      fallback: 100,
    },
    10,
    10_000,
  ),
  mediaProcesses: wholeNumber(
    {
      variable: "MARU_MEDIA_PROCESSES",
      help: "Photos and videos that a node works on at once, each in a process of its own and by one core.",
      fallback: 1,
    },
    1,
    64,
  ),
  mediaMemory: wholeNumber(
    {
      variable: "MARU_MEDIA_MEMORY_BYTES",
      help: "Memory that the work on one photo or video may take.",
      fallback: gibibyte,
    },
    256 * mebibyte,
    64 * gibibyte,
  ),
  mediaTimeoutMs: wholeNumber(
    {
      variable: "MARU_MEDIA_TIMEOUT_MS",
      help: "How long the work on one photo or video may take, in milliseconds.",
      fallback: 15 * minuteMs,
    },
    1_000,
    24 * 60 * minuteMs,
  ),
  linkPreviews: switched({
    variable: "MARU_LINK_PREVIEWS",
    help: "Fetch the pages that stories lead to, for their title and picture.",
    fallback: true,
  }),
  linkAllow: networks({
    variable: "MARU_LINK_ALLOW",
    help: "Networks that are not public and whose pages may be fetched all the same, separated by commas; hosts are named whole, and listen on 80, 443, 8080 or 8443.",
  }),
  linkForbid: networks({
    variable: "MARU_LINK_FORBID",
    help: "Networks that look public and whose pages may not be fetched, separated by commas, whatever MARU_LINK_ALLOW says. Addresses of this machine need not be named: they are fetched from only where that one allows it.",
  }),
} as const;
