import type { Answer, FromMediaProcess, Work } from "./messages.ts";
import { makeLinkPreview, makePhoto } from "./photo-maker.ts";
import { openPhoto, prepareSharp, probedPhoto } from "./photo-reader.ts";
import { Refusal } from "./refusal.ts";
import { sniff, sniffedBytes, type Sniffed } from "./sniff.ts";
import { readStart } from "./start.ts";
import { makeVideo } from "./video-maker.ts";
import { openVideo, probedVideo, videoWork } from "./video-reader.ts";

/**
 * A process of `media-child.ts`, in which strangers' files are read: one at a time. It ends with the node,
 * and takes along what it started.
 */

/** It leads a group of processes, where the system has groups. */
function endWithAll(): void {
  try {
    process.kill(-process.pid, "SIGKILL");
  } catch {
    process.exit(0);
  }
}

function tell(message: FromMediaProcess): void {
  process.send?.(message);
}

async function answerTo(work: Work): Promise<Answer> {
  const { task } = work;
  const sniffed = await sniff(await readStart(task.path, sniffedBytes));
  if (sniffed === null) {
    return { kind: "refused", fault: "unsupported" };
  }
  tell({ kind: "sniffed", media: sniffed.kind });
  return sniffed.kind === "image" ? answerPhoto(work, sniffed) : answerVideo(work, sniffed);
}

async function answerPhoto({ task, limits }: Work, sniffed: Sniffed): Promise<Answer> {
  const photo = await openPhoto(task.path, sniffed, limits);
  if (task.kind === "probe") {
    return { kind: "probed", probed: probedPhoto(photo) };
  }
  const make = task.kind === "make" ? makePhoto : makeLinkPreview;
  return { kind: "made", made: await make(photo, task.folder) };
}

async function answerVideo(work: Work, sniffed: Sniffed): Promise<Answer> {
  const { task } = work;
  const own = videoWork(work, (pid) => {
    tell({ kind: "program", pid });
  });
  if (own === null || task.kind === "preview") {
    return { kind: "refused", fault: "unsupported" };
  }
  const streams = await openVideo(task.path, sniffed, own);
  if (task.kind === "probe") {
    return { kind: "probed", probed: probedVideo(sniffed, streams) };
  }
  const made = await makeVideo({ path: task.path, sniffed, streams }, task.folder, own);
  return { kind: "made", made };
}

async function answer(work: Work): Promise<void> {
  try {
    tell(await answerTo(work));
  } catch (error) {
    if (error instanceof Refusal) {
      tell({ kind: "refused", fault: error.fault });
    } else {
      tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
    }
  }
}

prepareSharp();
// A terminal and a unit signal all processes of the node; this one ends with the node, and not before.
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
  process.on(signal, () => undefined);
}
process.on("disconnect", endWithAll);
process.on("message", (work: Work) => {
  void answer(work);
});
