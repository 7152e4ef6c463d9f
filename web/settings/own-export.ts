import { maru } from "../data/client.ts";
import { persist } from "../data/persist.ts";
import { currentMe, type Me } from "../data/session.ts";
import { pauseUntilOnline, plain } from "../data/use-attempt.ts";
import { exportName, exportParts } from "./export-file.ts";
import { createExportRun, type ExportRun, type ReadPage } from "./export-run.ts";

const pageSize = 100;
let own: { readonly id: string; readonly run: ExportRun } | null = null;

/** The export of what this person wrote. It outlives the page of the settings, not the tab. */
export function exportOf({ id }: Me): ExportRun {
  own = own?.id === id ? own : { id, run: createOwnExport(id) };
  return own.run;
}

function createOwnExport(id: string): ExportRun {
  const query = (cursor: string | null) => ({
    limit: pageSize,
    ...(cursor === null ? {} : { cursor }),
  });
  const readStories: ReadPage = (cursor, signal) => {
    const params = { path: { id }, query: query(cursor) };
    return maru.data(plain.api.GET("/v1/accounts/{id}/stories", { params, signal }));
  };
  const readComments: ReadPage = (cursor, signal) => {
    const params = { query: query(cursor) };
    return maru.data(plain.api.GET("/v1/accounts/me/comments", { params, signal }));
  };
  return createExportRun({
    lists: [readStories, readComments],
    persist: (read, { signal, onWait }) =>
      persist((attempt) => read(attempt.signal), {
        signal,
        onWait,
        onSend: () => {
          onWait(null);
        },
        pause: pauseUntilOnline,
        isOnline: () => navigator.onLine,
      }),
    onDone([stories = [], comments = []]) {
      const account = currentMe();
      if (account !== null) {
        const atIso = new Date().toISOString();
        const parts = exportParts({ account, atIso, stories, comments });
        download(exportName(account.handle, atIso), parts);
      }
    },
  });
}

/** The browser keeps reading the file for a moment after it was told to. */
const downloadMs = 60_000;

function download(name: string, parts: string[]): void {
  const url = URL.createObjectURL(new Blob(parts, { type: "application/json" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, downloadMs);
}
