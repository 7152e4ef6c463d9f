/**
 * `node tools/build-web.ts [FOLDER]` builds the web client of this project, or of the one in FOLDER,
 * into web/dist, unless what lies there was built from the same sources. The build is made aside and
 * put in place whole.
 */
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { build, type Plugin } from "vite";
import { mediaTypeOf } from "../src/modules/web/client-file.ts";
import { isPackable } from "../src/modules/web/encoding.ts";
import { clientFolder, descriptionFile, hashSources, isClientBuilt } from "./client-build.mjs";
import { lock } from "./lock.mjs";
import { projectRoot } from "./steps.ts";

const idCharacters = 16;
const asideName = ".build-";

/** The page knows by this which build it is, and by `GET /client.json` which one the server has. */
function nameBuild(id: string): Plugin {
  return {
    name: "name-build",
    transformIndexHtml: () => [
      { tag: "meta", attrs: { name: "maru-build", content: id }, injectTo: "head" },
    ],
  };
}

const brotliOf = promisify(brotliCompress);
const gzipOf = promisify(gzip) as (bytes: Uint8Array, options: object) => Promise<Buffer>;

/** Lays packed copies beside the files, as small as can be: it is done once, for every visitor. */
async function packFiles(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  await Promise.all(
    files.map(async ({ parentPath, name }) => {
      const file = path.join(parentPath, name);
      const bytes = await readFile(file);
      if (!isPackable(mediaTypeOf(name), bytes)) return;
      const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
      await writeFile(`${file}.br`, await brotliOf(bytes, { params: quality }));
      await writeFile(`${file}.gz`, await gzipOf(bytes, { level: constants.Z_BEST_COMPRESSION }));
    }),
  );
}

/** What a build that was killed left behind. */
async function removeLeftovers(web: string): Promise<void> {
  const names = (await readdir(web)).filter((name) => name.startsWith(asideName));
  await Promise.all(
    names.map((name) => rm(path.join(web, name), { recursive: true, force: true })),
  );
}

async function buildClient(root: string, sources: string): Promise<void> {
  const web = path.join(root, "web");
  const dist = clientFolder(root);
  await removeLeftovers(web);
  const aside = await mkdtemp(path.join(web, asideName));
  const [next, before] = [path.join(aside, "next"), path.join(aside, "before")];
  try {
    const id = sources.slice(0, idCharacters);
    // Vite takes a NODE_ENV that is set for the mode of React, such as the one of a test.
    process.env["NODE_ENV"] = "production";
    await build({
      root: web,
      configFile: path.join(web, "vite.config.ts"),
      logLevel: "warn",
      plugins: [nameBuild(id)],
      build: { outDir: next, emptyOutDir: true },
    });
    await packFiles(next);
    await writeFile(path.join(next, descriptionFile), JSON.stringify({ id, sources }));
    await mkdir(dist, { recursive: true });
    await rename(dist, before);
    await rename(next, dist);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function ensureClient(root: string): Promise<void> {
  const unlock = await lock(
    path.join(root, ".cache", "build-web.lock"),
    "another process is building the web client",
  );
  try {
    const sources = hashSources(root);
    if (sources === null || isClientBuilt(root)) return;
    console.error("maru: building the web client …");
    await buildClient(root, sources);
  } finally {
    unlock();
  }
}

try {
  await ensureClient(path.resolve(process.argv[2] ?? projectRoot));
} catch (error) {
  // What Vite says of a source that it cannot build is for whoever wrote it; a stack is not.
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
