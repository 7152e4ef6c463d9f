import { NoMediaError, UnmadeMediaError } from "../data/attachment-errors.ts";
import { isProblem, type Media } from "../data/client.ts";
import type { MessageKey, Say } from "../language/messages.ts";

/** What the server calls a fault of a file, and what is said of it. */
const faults: Readonly<Record<string, MessageKey>> = {
  unsupported: "pictures.problem.unsupported",
  broken: "pictures.problem.broken",
  too_large: "pictures.problem.tooLarge",
  too_many_pixels: "pictures.problem.tooManyPixels",
  too_many_frames: "pictures.problem.tooLong",
  too_long: "pictures.problem.tooLong",
  too_costly: "pictures.problem.tooCostly",
  no_video: "pictures.problem.noVideo",
  full: "pictures.problem.full",
  too_many_unused: "pictures.problem.tooManyUnused",
  gone: "pictures.problem.gone",
};

const tooLarge = 413;
const notFound = 404;

/** Why a file could not be added. */
export function refusalWords(error: unknown): MessageKey {
  if (error instanceof NoMediaError) {
    return error.cause === undefined ? "pictures.problem.unsupported" : "pictures.problem.broken";
  }
  if (error instanceof UnmadeMediaError) {
    return problemWords(error);
  }
  if (!isProblem(error)) {
    return "pictures.problem.other";
  }
  const fault = faults[/^media\.(\w+)$/.exec(error.code)?.[1] ?? ""];
  // Something between here and the server may have a bound of its own.
  const bySize = error.status === tooLarge ? faults["too_large"] : undefined;
  const isGone = error.status === notFound || error.code === "stories.unknown_media";
  const byPlace = isGone ? faults["gone"] : undefined;
  return fault ?? bySize ?? byPlace ?? "pictures.problem.other";
}

/** Why one that was taken cannot be shown: for who has added it. */
export function problemWords({ problem }: Pick<Media, "problem">): MessageKey {
  return faults[problem ?? ""] ?? "pictures.failed";
}

/** What it is called: by what it shows, or by its place among the others. */
export function nameOf(
  t: Say,
  { kind, alt }: Pick<Media, "kind" | "alt">,
  place: { readonly at: number; readonly of: number },
): string {
  return alt === "" ? t(kind === "video" ? "pictures.video" : "pictures.photo", { ...place }) : alt;
}
