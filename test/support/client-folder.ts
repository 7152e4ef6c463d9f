import { request, type IncomingHttpHeaders } from "node:http";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** The web client of this project, as `npm test` has built it before the first test. */
export const projectClient = resolve(import.meta.dirname, "../../web/dist");

export type ClientFiles = Readonly<Record<string, string | Uint8Array>>;

/** Long enough to be worth packing. */
export const script = (name: string): string => `export const name = "${name}";\n`.repeat(100);

/** The files of a small build of a client, with one script that all builds share. */
export function clientFiles(id: string): ClientFiles {
  return {
    "build.json": JSON.stringify({ id }),
    "index.html": `<!doctype html><title>${id}</title><script src="/assets/${id}.js"></script>`,
    [`assets/${id}.js`]: script(id),
    "assets/shared.js": script("shared"),
    "assets/picture.png": Uint8Array.from({ length: 2_000 }, (_, at) => at % 7),
    "icons/maru.svg": "<svg/>",
    "sw.js": `// ${id}`,
    "manifest.webmanifest": "{}",
    ".vite/manifest.json": "{}",
  };
}

/** Writes a client as a build leaves it, and gives its folder. */
export async function makeClient(files: ClientFiles): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "maru-client-"));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

export interface RawReply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As it came, not unpacked. */
  readonly bytes: Buffer;
}

/** `fetch` unpacks what it gets, and asks for packed answers by itself. */
export function rawGet(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  method = "GET",
): Promise<RawReply> {
  return new Promise((done, reject) => {
    const sent = request(url, { method, headers, agent: false }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const bytes = Buffer.concat(parts);
        done({ status: response.statusCode ?? 0, headers: response.headers, bytes });
      });
    });
    sent.on("error", reject);
    sent.end();
  });
}
