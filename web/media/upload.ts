import type { MediaUpload } from "../../sdk/upload.ts";
import { loadPart } from "../app/lazy-page.ts";
import { NoMediaError } from "../data/attachment-errors.ts";
import type { Patience, Uploading } from "../data/attachments.ts";
import { api, isProblem, isRefusal, isSignedOut, maru, type Media } from "../data/client.ts";
import { persist, type Send } from "../data/persist.ts";
import { keys, queries } from "../data/queries.ts";
import { sessionEnded } from "../data/session.ts";
import { pauseUntilOnline } from "../data/use-attempt.ts";

/** How photos and videos go to the server, for as long as it takes. */

/** The server has no room, or no means for this kind: trying again at once would not help. */
const lastingStatuses: ReadonlySet<number> = new Set([501, 507]);

function isFinal(error: unknown): boolean {
  return (
    error instanceof NoMediaError ||
    isRefusal(error) ||
    (isProblem(error) && lastingStatuses.has(error.status))
  );
}

/** Until it is done or refused; in between it is told why it takes long. */
async function patiently<T>(
  send: Send<T>,
  { signal, onWait }: Patience,
  options: { readonly watchesItself?: boolean } = {},
): Promise<T> {
  try {
    return await persist(send, {
      ...options,
      signal,
      onWait,
      isFinal,
      onSend: () => undefined,
      pause: pauseUntilOnline,
      isOnline: () => navigator.onLine,
    });
  } catch (error) {
    if (isSignedOut(error)) {
      sessionEnded();
    }
    throw error;
  }
}

/** A file that was moved, changed or is a folder cannot be read any more, and never will be. */
async function isReadable(file: File): Promise<boolean> {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

export function startUpload(file: File, alt: string): Uploading {
  let upload: MediaUpload | null = null;
  return {
    async run(options) {
      const { createMediaUpload } = await loadPart(() => import("../../sdk/upload.ts"));
      upload ??= createMediaUpload(file, { baseUrl: location.origin, alt });
      const { send } = upload;
      const { onProgress } = options;
      const media = await patiently(
        async ({ signal }) => {
          try {
            return await send({ signal, onProgress });
          } catch (error) {
            if (!isProblem(error) && !(await isReadable(file))) {
              throw new NoMediaError("the file cannot be read any more", { cause: error });
            }
            throw error;
          }
        },
        options,
        { watchesItself: true },
      );
      queries.setQueryData(keys.media(media.id), media);
      return media;
    },
    abandon() {
      void upload?.abandon();
    },
  };
}

/** Says what a photo or video shows, for who cannot see it. */
export async function saveAlt(id: string, alt: string, patience: Patience): Promise<void> {
  const params = { path: { id } };
  const { media } = await patiently(
    ({ signal }) => maru.data(api.PATCH("/v1/media/{id}", { params, body: { alt }, signal })),
    patience,
  );
  queries.setQueryData(keys.media(id), media);
}

export async function readMedia(id: string): Promise<Media> {
  return (await maru.data(api.GET("/v1/media/{id}", { params: { path: { id } } }))).media;
}

/** What no story shows is of no use; the server lets go of it by itself, if not now. */
export function removeMedia(id: string): void {
  api.DELETE("/v1/media/{id}", { params: { path: { id } } }).catch(() => undefined);
}
