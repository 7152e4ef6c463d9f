import { createAttachments, type Attachments } from "../data/attachments.ts";
import type { Story } from "../data/client.ts";
import type { Draft } from "../data/draft.ts";
import { removeMedia, saveAlt, startUpload } from "../media/upload.ts";

/** The desk of a draft: what is added to it goes to the server from here. */
export function openDesk(draft: Draft<Story>): Attachments {
  const desk = createAttachments({
    draft,
    saveAlt,
    upload: startUpload,
    remove: removeMedia,
    urlOf: (file) => URL.createObjectURL(file),
    letGoOf: (url) => {
      URL.revokeObjectURL(url);
    },
  });
  desk.listen(() => {
    keepPage(desk, desk.state().isBusy);
  });
  return desk;
}

const busy = new Set<Attachments>();

function ask(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

/** What is on its way would be lost with the page: the browser asks before it leaves. */
function keepPage(desk: Attachments, isBusy: boolean): void {
  if (isBusy) {
    busy.add(desk);
    globalThis.addEventListener("beforeunload", ask);
  } else if (busy.delete(desk) && busy.size === 0) {
    globalThis.removeEventListener("beforeunload", ask);
  }
}
