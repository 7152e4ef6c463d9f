import { defineProblem, Problem, type ProblemFactory } from "../../kernel/problem.ts";
import type { MediaFault } from "../../ports/processing.ts";

export const tooLarge = defineProblem({
  code: "media.too_large",
  status: 413,
  title: "The file is too large.",
});

export const unsupported = defineProblem({
  code: "media.unsupported",
  status: 415,
  title: "The file is no photo or video of a kind that is taken.",
});

export const broken = defineProblem({
  code: "media.broken",
  status: 400,
  title: "The file cannot be read.",
});

export const tooManyPixels = defineProblem({
  code: "media.too_many_pixels",
  status: 400,
  title: "The picture has too many pixels.",
});

export const tooManyFrames = defineProblem({
  code: "media.too_many_frames",
  status: 400,
  title: "The picture has too many frames.",
});

export const tooLong = defineProblem({
  code: "media.too_long",
  status: 400,
  title: "The video is too long.",
});

export const tooCostly = defineProblem({
  code: "media.too_costly",
  status: 400,
  title: "The file takes more time or memory than a file is given.",
});

export const noVideo = defineProblem({
  code: "media.no_video",
  status: 501,
  title: "This server cannot take videos.",
});

export const noFile = defineProblem({
  code: "media.no_file",
  status: 400,
  title: "There is no file in the body.",
});

export const tooManyUnused = defineProblem({
  code: "media.too_many_unused",
  status: 409,
  title: "Too many files wait to be used. Publish or remove some first.",
});

export const inUse = defineProblem({
  code: "media.in_use",
  status: 409,
  title: "A story or a profile shows it.",
});

export const notOwner = defineProblem({
  code: "media.not_owner",
  status: 403,
  title: "Only whoever uploaded it may do this.",
});

export const altTooLong = defineProblem({
  code: "media.alt_too_long",
  status: 400,
  title: "The alternative text is too long.",
});

export const noStore = defineProblem({
  code: "media.no_store",
  status: 503,
  title: "Files cannot be kept or read right now. Try again soon.",
});

export const storeFull = defineProblem({
  code: "media.full",
  status: 507,
  title: "There is no room for the file.",
});

export const uploadUnfinished = defineProblem({
  code: "media.upload_unfinished",
  status: 409,
  title: "The upload is not whole yet.",
});

export const uploadOffset = defineProblem({
  code: "media.upload_offset",
  status: 409,
  title: "The upload is at another place: ask where, and go on from there.",
});

export const uploadGone = defineProblem({
  code: "media.upload_gone",
  status: 410,
  title: "The upload has been given up, because nobody went on with it. Begin again.",
});

export const uploadProtocol = defineProblem({
  code: "media.upload_protocol",
  status: 412,
  title: "The request has no Tus-Resumable header of a version that is spoken here: 1.0.0.",
});

export const uploadInvalid = defineProblem({
  code: "media.upload_invalid",
  status: 400,
  title: "The request's headers are not those of tus 1.0.",
});

export const protocolProblems = [uploadOffset, uploadGone, uploadProtocol, uploadInvalid];

export const ofFault: Readonly<Record<MediaFault, ProblemFactory>> = {
  unsupported,
  broken,
  too_many_pixels: tooManyPixels,
  too_many_frames: tooManyFrames,
  too_long: tooLong,
  too_costly: tooCostly,
};

const fileProblems: readonly ProblemFactory[] = [
  tooLarge,
  ...Object.values(ofFault),
  noVideo,
  noFile,
];

/** Whether the file itself is refused, so that sending it again is of no use. */
export function isOfFile(error: unknown): boolean {
  return error instanceof Problem && fileProblems.some(({ code }) => code === error.kind.code);
}

export const uploadProblems = [...fileProblems, tooManyUnused, altTooLong, noStore, storeFull];
