import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { Context } from "../../kernel/context.ts";
import type { Id } from "../../kernel/id.ts";
import type { OutsideAnswer, OutsideFailure, OutsideWeb, Wanted } from "../../ports/outside-web.ts";
import type { Media } from "../media/contract.ts";
import { hashOf } from "./link-key.ts";
import type { Said } from "./page.ts";
import { embedWanted, previewOf, readEmbed, whatCame } from "./preview.ts";
import type { Fetched, Picture } from "./rules.ts";

/** Goes to a page, to what tells more of it, and to its picture. */
export interface VisitDeps {
  readonly web: Pick<OutsideWeb, "get">;
  readonly media: Pick<Media, "mayKeep" | "keepPreview" | "workFolder">;
}

export interface Visit {
  readonly url: string;
  /** Of the picture, if there is a new one. */
  readonly imageId: Id;
  /** The picture that is there already, and stays if it is still the page's. */
  readonly picture: Picture | null;
  readonly signal: AbortSignal;
}

/** Heads of pages are shorter, save for some that begin with their whole program. */
const pageWanted: Wanted = {
  accept: "text/html,application/xhtml+xml;q=0.9,image/*;q=0.8",
  bytesMax: 512 * 1024,
  ifLarger: "cut",
};
const embedWantedAs: Wanted = {
  accept: "application/json",
  bytesMax: 64 * 1024,
  ifLarger: "fail",
};
const imageWanted: Wanted = {
  accept: "image/*",
  bytesMax: 5 * 1024 * 1024,
  ifLarger: "fail",
};

/** Faults and statuses of what may pass. */
const passing = {
  faults: ["unreachable", "too_slow", "broken"] as readonly OutsideFailure["fault"][],
  statuses: [408, 425, 429] as readonly number[],
  statusMin: 500,
} as const;

export async function visit(deps: VisitDeps, context: Context, wanted: Visit): Promise<Fetched> {
  const { web } = deps;
  const { url, signal } = wanted;
  // What cannot be kept is not fetched, again and again until it can.
  deps.media.mayKeep();
  const answer = await web.get(url, pageWanted, signal);
  if (!isSuccess(answer)) {
    return { kind: mayPass(answer) ? "later" : "nothing" };
  }
  const said = await whatIsSaid(deps, answer, signal);
  if (said === null) {
    return { kind: "nothing" };
  }
  const { imageUrl, ...words } = said;
  const came = imageUrl === null ? null : await fetchPicture(deps, context, imageUrl, wanted);
  const isPictureAway = came === "away";
  // Of a picture that is not to be had nothing is left, but what is known while it is away.
  const picture = isPictureAway ? wanted.picture : came;
  if (words.title === null && picture === null) {
    return { kind: isPictureAway ? "later" : "nothing" };
  }
  return { kind: "found", said: words, picture, isPictureAway };
}

function isSuccess(answer: OutsideAnswer | OutsideFailure): answer is OutsideAnswer {
  return "status" in answer && answer.status >= 200 && answer.status < 300;
}

function mayPass(answer: OutsideAnswer | OutsideFailure): boolean {
  return "fault" in answer
    ? passing.faults.includes(answer.fault)
    : answer.status >= passing.statusMin || passing.statuses.includes(answer.status);
}

async function whatIsSaid(
  { web }: VisitDeps,
  answer: OutsideAnswer,
  signal: AbortSignal,
): Promise<Said | null> {
  const came = whatCame(answer);
  if (came === null || "imageUrl" in came) {
    return came === null ? null : { title: null, description: null, imageUrl: came.imageUrl };
  }
  const embedUrl = embedWanted(came.page);
  const embed = embedUrl === null ? null : await web.get(embedUrl, embedWantedAs, signal);
  return previewOf(came.page, embed !== null && isSuccess(embed) ? readEmbed(embed) : null);
}

async function fetchPicture(
  { web, media }: VisitDeps,
  context: Context,
  imageUrl: string,
  { imageId, picture, signal }: Visit,
): Promise<Picture | "away" | null> {
  const answer = await web.get(imageUrl, imageWanted, signal);
  if (!isSuccess(answer)) {
    return mayPass(answer) ? "away" : null;
  }
  if (answer.bytes.length === 0) {
    return null;
  }
  const hash = hashOf(answer.bytes);
  if (picture?.hash.equals(hash) === true) {
    return picture;
  }
  const folder = await media.workFolder();
  try {
    const file = path.join(folder.path, "picture");
    await writeFile(file, answer.bytes);
    const kept = await media.keepPreview(context, imageId, file, signal);
    return kept === null ? null : { id: imageId, path: kept, hash };
  } finally {
    await folder.remove();
  }
}
