import { createClientFile, mediaTypeOf, type ClientFile } from "./client-file.ts";

/** A build of the web client, in memory. */
export interface Build {
  /** Made of what it was built from; the page knows its own by a `meta` element. */
  readonly id: string;
  /** The one page that every address of the client is. */
  readonly page: ClientFile;
  /** All other files by their addresses, such as `/assets/feed-B3xk0aQz.js`. */
  readonly files: ReadonlyMap<string, ClientFile>;
}

const pageFile = "index.html";
/** What tools/build-web.ts writes about the build: `{"id": …}`. */
const descriptionFile = "build.json";
const packedBy = { brotli: ".br", gzip: ".gz" } as const;
const idPattern = /^[\w-]{1,64}$/;

/** Says to whoever starts the server what is wrong with the folder of the client. */
export class ClientBuildError extends Error {
  override readonly name = "ClientBuildError";

  constructor(what: string) {
    super(`The web client cannot be served: ${what}. Build it anew: npm start does so.`);
  }
}

/** Makes a build of the files in its folder, by their paths in it. */
export async function createBuild(folder: ReadonlyMap<string, Uint8Array>): Promise<Build> {
  const id = idOf(folder.get(descriptionFile));
  const files = new Map<string, ClientFile>();
  for (const [path, plain] of folder) {
    if (isServed(path)) {
      const brotli = folder.get(path + packedBy.brotli) ?? null;
      const gzip = folder.get(path + packedBy.gzip) ?? null;
      files.set(`/${path}`, await createClientFile(mediaTypeOf(path), plain, { brotli, gzip }));
    }
  }
  const page = files.get(`/${pageFile}`);
  if (page === undefined) {
    throw new ClientBuildError(`its folder has no ${pageFile}`);
  }
  files.delete(`/${pageFile}`);
  return { id, page, files };
}

/** Vite's own notes lie in folders that begin with a dot. */
function isServed(path: string): boolean {
  const isPacked = Object.values(packedBy).some((ending) => path.endsWith(ending));
  return !path.startsWith(".") && path !== descriptionFile && !isPacked;
}

function idOf(bytes: Uint8Array | undefined): string {
  const text = bytes === undefined ? "{}" : Buffer.from(bytes).toString("utf8");
  const { id } = JSON.parse(text) as { readonly id?: unknown };
  if (typeof id !== "string" || !idPattern.test(id)) {
    throw new ClientBuildError(`its folder has no ${descriptionFile} that names the build`);
  }
  return id;
}
