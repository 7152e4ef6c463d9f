import type { Plugin } from "vite";

const kib = 1_024;

/** Says at the end of a build how much script and style a reader is sent. */
export function scriptSizes(): Plugin {
  return {
    name: "script-sizes",
    apply: "build",
    async writeBundle(_options, bundle) {
      const files = Object.values(bundle);
      const sizes = await Promise.all(
        files.map(async (file) => ({
          name: file.fileName,
          isFirst: file.type === "chunk" && file.isEntry,
          imports: file.type === "chunk" ? file.imports : [],
          bytes: await gzipped(file.type === "chunk" ? file.code : file.source),
        })),
      );
      const first = sizes.find(({ isFirst }) => isFirst);
      const isNeeded = (name: string): boolean =>
        name === first?.name || first?.imports.includes(name) === true;
      const sum = (choose: (name: string) => boolean): string => {
        const chosen = sizes.filter(({ name }) => choose(name));
        return (chosen.reduce((total, { bytes }) => total + bytes, 0) / kib).toFixed(1);
      };
      const script = sum((name) => /^assets\/.*\.js$/.test(name));
      const style = sum((name) => name.endsWith(".css"));
      console.error(
        `maru: the client is ${script} KiB of script, gzipped, ${sum(isNeeded)} KiB of it for the first page, and ${style} KiB of style`,
      );
    },
  };
}

async function gzipped(content: string | Uint8Array): Promise<number> {
  const plain = new Blob([typeof content === "string" ? content : Uint8Array.from(content)]);
  const packed = plain.stream().pipeThrough(new CompressionStream("gzip"));
  return (await new Response(packed).arrayBuffer()).byteLength;
}
