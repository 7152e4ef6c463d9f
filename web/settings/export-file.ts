import type { Me } from "../data/session.ts";

/** What the file says of itself, for whoever reads it in another program. */
const format = "maru.export";
const version = 1;

interface ExportedAccount {
  readonly account: Me;
  readonly atIso: string;
  /** Each story and comment as JSON, newest first. */
  readonly stories: readonly string[];
  readonly comments: readonly string[];
}

/** The parts of a JSON file, in order. They are put together by the browser: the whole may be large. */
export function exportParts({ account, atIso, stories, comments }: ExportedAccount): string[] {
  const head = JSON.stringify({ format, version, exportedAt: atIso, account }, null, 2);
  return [
    head.slice(0, -"\n}".length),
    ',\n  "stories": [',
    ...listParts(stories),
    '],\n  "comments": [',
    ...listParts(comments),
    "]\n}\n",
  ];
}

function listParts(items: readonly string[]): readonly string[] {
  return items.map((item, i) => (i === 0 ? "\n    " : ",\n    ") + item);
}

export function exportName(handle: string, atIso: string): string {
  return `maru-${handle}-${atIso.slice(0, "2026-01-01".length)}.json`;
}
