import { createAttachments, type Attachments } from "../data/attachments.ts";
import type { Story } from "../data/client.ts";
import type { Draft } from "../data/draft.ts";
import { removeMedia, saveAlt, startUpload } from "../media/upload.ts";

/** The desk of a draft: what is added to it goes to the server from here. */
export function openDesk(draft: Draft<Story>): Attachments {
  return createAttachments({
    draft,
    saveAlt,
    upload: startUpload,
    remove: removeMedia,
    urlOf: (file) => URL.createObjectURL(file),
    letGoOf: (url) => {
      URL.revokeObjectURL(url);
    },
  });
}
