import { NoMediaError } from "../data/attachments.ts";
import { isProblem, type Media } from "../data/client.ts";
import type { MessageKey, Say } from "../language/messages.ts";

/** What the server calls a fault of a file, and what is said of it. */
const faults: Readonly<Record<string, MessageKey>> = {
  unsupported: "media.problem.unsupported",
  broken: "media.problem.broken",
  too_large: "media.problem.tooLarge",
  too_many_pixels: "media.problem.tooManyPixels",
  too_many_frames: "media.problem.tooLong",
  too_long: "media.problem.tooLong",
  too_costly: "media.problem.tooCostly",
  no_video: "media.problem.noVideo",
  full: "media.problem.full",
  too_many_unused: "media.problem.tooManyUnused",
  gone: "media.problem.gone",
};

const tooLarge = 413;
const notFound = 404;

/** Why a file could not be added. */
export function refusalWords(error: unknown): MessageKey {
  if (error instanceof NoMediaError) {
    return error.cause === undefined ? "media.problem.unsupported" : "media.problem.broken";
  }
  if (!isProblem(error)) {
    return "media.problem.other";
  }
  const fault = faults[/^media\.(\w+)$/.exec(error.code)?.[1] ?? ""];
  // Something between here and the server may have a bound of its own.
  const bySize = error.status === tooLarge ? faults["too_large"] : undefined;
  const byPlace = error.status === notFound ? faults["gone"] : undefined;
  return fault ?? bySize ?? byPlace ?? "media.problem.other";
}

/** Why one that was taken cannot be shown: for who has added it. */
export function problemWords({ problem }: Pick<Media, "problem">): MessageKey {
  return faults[problem ?? ""] ?? "media.failed";
}

/** What it is called: by what it shows, or by its place among the others. */
export function nameOf(
  t: Say,
  { kind, alt }: Pick<Media, "kind" | "alt">,
  place: { readonly at: number; readonly of: number },
): string {
  return alt === "" ? t(kind === "video" ? "media.video" : "media.photo", { ...place }) : alt;
}
