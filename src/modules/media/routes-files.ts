import { Type } from "typebox";
import type { Context } from "../../kernel/context.ts";
import { notFound } from "../../kernel/problem.ts";
import type { Blobs } from "../../ports/blobs.ts";
import { defineRoute, type Route } from "../../ports/routes.ts";
import { orProblem } from "./accept.ts";
import { parseAddress, signedForS, type Addresses } from "./address.ts";
import { noStore } from "./errors.ts";
import type { Find, Known } from "./known.ts";
import { plainPath } from "./remove.ts";
import { audiences, type KeptFile, type MediaRow } from "./store-media.ts";

/** Hands out files. Who has an address that is good now gets the file, and nobody else learns of it. */
export interface FileDeps {
  readonly blobs: Blobs;
  readonly known: Known;
  readonly addresses: Addresses;
  /** A cache in front is told what to forget, so that it may keep files for long. */
  readonly isPurged: boolean;
}

/** For how long a cache that nobody tells may go on showing what is gone. */
const publicS = 60;
const purgedS = 365 * 24 * 3_600;
/** Files come from strangers: whatever one of them turns out to be, it does nothing in a page. */
const contentSecurityPolicy = "default-src 'none'; sandbox";

export function fileRoute(deps: FileDeps): Route {
  return defineRoute({
    method: "GET",
    path: "/media/{address}/{file}",
    operationId: "getFile",
    tag: "Media",
    summary: "A file of a photo or video, by its address",
    description:
      "Addresses are told in stories, profiles and media. Ranges and conditional requests are answered. " +
      `Public files may be kept by caches for ${String(publicS)} s, or longer where the operator has them purged; ` +
      `addresses of others are signed, and good for ${String(signedForS / 3_600)} h at most.`,
    viewer: "none",
    load: "part",
    params: Type.Object({ address: Type.String(), file: Type.String() }),
    query: Type.Object({ s: Type.Optional(Type.String()) }),
    answers: { 200: null },
    problems: [notFound, noStore],
    async handle({ context, params, query, target }) {
      const asked = { ...params, signature: query.s, target };
      // Another node may have told of an address before this one has heard of it.
      const granted =
        (await grant(deps, context, { asked, find: deps.known.find })) ??
        (await grant(deps, context, { asked, find: deps.known.findAnew }));
      if (granted === null) {
        throw notFound();
      }
      const { file } = granted;
      return {
        status: 200,
        headers: {
          "content-type": file.type,
          etag: `"${file.key.slice(file.key.indexOf("/") + 1)}"`,
          "cache-control": cacheControl(deps, granted, asked),
          "content-security-policy": contentSecurityPolicy,
          "cross-origin-resource-policy": "cross-origin",
        },
        file: { bytes: file.bytes, open: (range) => openFile(deps.blobs, file, range) },
      };
    },
  });
}

interface Asked {
  readonly address: string;
  readonly file: string;
  readonly signature: string | undefined;
  readonly target: string;
}

interface Granted {
  readonly row: MediaRow;
  readonly file: KeptFile;
}

async function grant(
  deps: FileDeps,
  context: Context,
  { asked, find }: { readonly asked: Asked; readonly find: Find },
): Promise<Granted | null> {
  const address = parseAddress(asked.address);
  const row = address === null ? null : await find(context, address.id);
  const isOfRow = row !== null && row.secret === address?.secret && row.state === "ready";
  const file = row?.files.find((one) => one.name === asked.file);
  return isOfRow && file !== undefined && mayBeRead(deps, row, asked.signature)
    ? { row, file }
    : null;
}

function mayBeRead({ addresses }: FileDeps, row: MediaRow, signature: string | undefined): boolean {
  if (row.audience === audiences.everybody) {
    return true;
  }
  const mayBeSigned = row.audience > audiences.nobody && signature !== undefined;
  return mayBeSigned && addresses.isSigned(row, signature);
}

/** Only of the plain address is a cache told that it ends: what is asked for otherwise is not kept for long. */
function cacheControl(
  { isPurged }: FileDeps,
  { row, file }: Granted,
  { target, signature }: Asked,
): string {
  if (row.audience < audiences.everybody || signature !== undefined) {
    return "private, max-age=3600, immutable";
  }
  const isForgotten = isPurged && target === plainPath(row, file.name);
  return `public, max-age=${String(publicS)}${isForgotten ? `, s-maxage=${String(purgedS)}` : ""}`;
}

function openFile(
  blobs: Blobs,
  file: KeptFile,
  range: { readonly start: number; readonly end: number },
) {
  return orProblem(() => blobs.read(file.key, range));
}
