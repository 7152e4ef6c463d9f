import { build, type Plugin, type Rolldown } from "vite";
import type { Shell } from "./worker/kept-shell.ts";

const workerFile = "worker/sw.ts";
const pageFile = "index.html";
/** Of the files that are copied as they are, what the frame shows. */
const copiedFiles = ["/icons/maru.svg", "/icons/maru-192.png", "/manifest.webmanifest"];
/** Written into the page by tools/build-web.ts. */
const buildName = /<meta name="maru-build" content="([\w-]+)"/;

/**
 * Builds the service worker beside the client, as one file with a name that never changes, and tells
 * it what the client consists of.
 */
export function serviceWorker(): Plugin {
  let root = "";
  return {
    name: "service-worker",
    apply: "build",
    configResolved(config) {
      root = config.root;
    },
    generateBundle: {
      order: "post",
      async handler(_options, bundle) {
        const page = bundle[pageFile];
        const text = page?.type === "asset" ? String(page.source) : "";
        const assets = Object.keys(bundle).filter((name) => name.startsWith("assets/"));
        const source = await compile(root, {
          build: buildName.exec(text)?.[1] ?? "",
          files: [...assets.sort().map((name) => `/${name}`), ...copiedFiles],
        });
        this.emitFile({ type: "asset", fileName: "sw.js", source });
      },
    },
  };
}

async function compile(root: string, shell: Shell): Promise<string> {
  const result = await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: "warn",
    define: { builtShell: JSON.stringify(shell) },
    build: {
      write: false,
      rolldownOptions: { input: `${root}/${workerFile}`, output: { format: "iife" } },
    },
  });
  const outputs = [result].flat() as readonly Rolldown.RolldownOutput[];
  const chunk = outputs.flatMap(({ output }) => output).find(({ type }) => type === "chunk");
  if (chunk?.type !== "chunk") {
    throw new Error("the service worker has become no script");
  }
  return chunk.code;
}
