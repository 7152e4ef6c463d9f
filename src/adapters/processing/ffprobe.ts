import { Refusal } from "./refusal.ts";
import type { Size } from "./sizes.ts";
import type { HdrTransfer } from "./video-encoding.ts";

/** Reads what ffprobe says of a file, and chooses what of it is shown. Pure. */

export interface VideoStream extends Size {
  /** In the file. */
  readonly index: number;
  /** As it is shown: with square pixels, upright. */
  readonly shown: Size;
  /** How its brightness is encoded, where it goes beyond a usual screen's. */
  readonly transfer: HdrTransfer | null;
}

export interface Streams {
  readonly video: VideoStream;
  /** The index of the sound; null: it is silent. */
  readonly audio: number | null;
  /** Null: it does not say. */
  readonly durationS: number | null;
}

/** What cameras, phones and browsers write. Nothing else is decoded, whatever a file asks for. */
const videoCodecs: ReadonlyMap<string, readonly string[]> = new Map([
  ["h264", ["h264"]],
  ["hevc", ["hevc"]],
  ["vp8", ["vp8"]],
  ["vp9", ["vp9"]],
  ["av1", ["libdav1d", "libaom-av1", "av1"]],
  ["mpeg4", ["mpeg4"]],
  ["h263", ["h263"]],
  ["mjpeg", ["mjpeg"]],
]);

const audioCodecs: ReadonlyMap<string, readonly string[]> = new Map([
  ["aac", ["aac"]],
  ["mp3", ["mp3float", "mp3"]],
  ["mp2", ["mp2float", "mp2"]],
  ["opus", ["opus", "libopus"]],
  ["vorbis", ["vorbis"]],
  ["alac", ["alac"]],
  ["flac", ["flac"]],
  ["ac3", ["ac3"]],
  ["eac3", ["eac3"]],
  ["amr_nb", ["amrnb"]],
  ["amr_wb", ["amrwb"]],
  ["pcm_s16le", ["pcm_s16le"]],
  ["pcm_s16be", ["pcm_s16be"]],
  ["pcm_s24le", ["pcm_s24le"]],
  ["pcm_s24be", ["pcm_s24be"]],
  ["pcm_s32le", ["pcm_s32le"]],
  ["pcm_f32le", ["pcm_f32le"]],
  ["pcm_u8", ["pcm_u8"]],
  ["pcm_mulaw", ["pcm_mulaw"]],
  ["pcm_alaw", ["pcm_alaw"]],
]);

/** Covers and subtitles, which are left out; ffprobe fails where it may not read them. */
const besides = ["png", "mov_text", "subrip", "srt", "ass", "ssa", "webvtt"];

/** The names of the decoders, for ffmpeg's list of those that are allowed. */
export const decoders = [...videoCodecs.values(), ...audioCodecs.values(), besides].flat();

/** Fields of the JSON that are asked for; anything of it may be missing or something else. */
interface SaidStream {
  readonly index?: unknown;
  readonly codec_name?: unknown;
  readonly codec_type?: unknown;
  readonly width?: unknown;
  readonly height?: unknown;
  readonly sample_aspect_ratio?: unknown;
  readonly color_transfer?: unknown;
  readonly duration?: unknown;
  readonly disposition?: { readonly attached_pic?: unknown };
  readonly side_data_list?: readonly { readonly rotation?: unknown }[];
}

interface Said {
  readonly streams?: readonly SaidStream[];
  readonly format?: { readonly duration?: unknown };
}

/** The entries that `streamsOf` reads. */
export const probedEntries = [
  "stream=index,codec_name,codec_type,width,height,sample_aspect_ratio,color_transfer,duration",
  "stream_disposition=attached_pic",
  "stream_side_data=rotation",
  "format=duration",
].join(":");

/** Throws `Refusal` where nothing is there to be shown. */
export function streamsOf(json: string): Streams {
  const said = parse(json);
  const streams = said.streams ?? [];
  const video = streams.find(
    (stream) => stream.codec_type === "video" && stream.disposition?.attached_pic !== 1,
  );
  if (video === undefined || !knows(videoCodecs, video)) {
    throw new Refusal("unsupported");
  }
  const audio = streams.find(
    (stream) => stream.codec_type === "audio" && knows(audioCodecs, stream),
  );
  return {
    video: videoOf(video),
    audio: audio === undefined ? null : natural(audio.index),
    durationS: positive(said.format?.duration) ?? positive(video.duration),
  };
}

function parse(json: string): Said {
  try {
    return JSON.parse(json) as Said;
  } catch (error) {
    throw new Refusal("broken", error);
  }
}

const knows = (codecs: ReadonlyMap<string, unknown>, { codec_name }: SaidStream): boolean =>
  typeof codec_name === "string" && codecs.has(codec_name);

const hdrTransfers: readonly HdrTransfer[] = ["smpte2084", "arib-std-b67"];

function videoOf(stream: SaidStream): VideoStream {
  const width = natural(stream.width);
  const height = natural(stream.height);
  if (width === 0 || height === 0) {
    throw new Refusal("broken");
  }
  return {
    index: natural(stream.index),
    width,
    height,
    shown: shownSize({ width, height }, stream),
    transfer: hdrTransfers.find((transfer) => transfer === stream.color_transfer) ?? null,
  };
}

const quarterTurn = 90;
/** Pixels of old camcorders are a third wider or narrower than tall; a claim beyond that is a prank. */
const pixelShapeMax = 4;

function shownSize({ width, height }: Size, stream: SaidStream): Size {
  const shape = pixelShape(stream.sample_aspect_ratio);
  const upright = { width: Math.max(1, Math.round(width * shape)), height };
  const turns = Math.round(rotationOf(stream) / quarterTurn);
  return turns % 2 === 0 ? upright : { width: upright.height, height: upright.width };
}

function pixelShape(ratio: unknown): number {
  const [, across, down] = /^(\d+):(\d+)$/u.exec(typeof ratio === "string" ? ratio : "") ?? [];
  const shape = Number(across) / Number(down);
  return shape >= 1 / pixelShapeMax && shape <= pixelShapeMax ? shape : 1;
}

function rotationOf({ side_data_list: sideData }: SaidStream): number {
  const rotation = sideData?.find((one) => typeof one.rotation === "number")?.rotation;
  return typeof rotation === "number" && Number.isFinite(rotation) ? rotation : 0;
}

const natural = (value: unknown): number =>
  typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;

function positive(value: unknown): number | null {
  const number = typeof value === "string" ? Number(value) : Number.NaN;
  return Number.isFinite(number) && number > 0 ? number : null;
}
