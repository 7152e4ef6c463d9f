import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { projectClient } from "../support/client-folder.ts";

/** What a reader is sent for the feed, in bytes as they travel. */
const scriptBytesMax = 150_000;
/** Everything there is, page after page; a tenth of it brings photos and videos, when somebody adds some. */
const allScriptBytesMax = 225_000;
const styleBytesMax = 12_000;

interface Chunk {
  readonly file: string;
  readonly isEntry?: boolean;
  readonly imports?: readonly string[];
}

const read = (name: string): Buffer => readFileSync(path.join(projectClient, name));
const packedBytes = (name: string): number => gzipSync(read(name)).byteLength;
const sum = (names: readonly string[]): number =>
  names.reduce((total, name) => total + packedBytes(name), 0);

const assets = readdirSync(path.join(projectClient, "assets"))
  .filter((name) => !/\.(?:br|gz)$/.test(name))
  .map((name) => `assets/${name}`);
const scripts = assets.filter((name) => name.endsWith(".js"));

/** With all that they import, and that imports. */
function withImports(
  manifest: Readonly<Record<string, Chunk>>,
  names: readonly string[],
): readonly string[] {
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (!seen.has(name)) {
      seen.add(name);
      manifest[name]?.imports?.forEach(visit);
    }
  };
  names.forEach(visit);
  return [...seen].flatMap((name) => manifest[name]?.file ?? []);
}

describe("the built client", () => {
  it("sends little script for the feed, in whichever language", () => {
    const manifest = JSON.parse(read(".vite/manifest.json").toString()) as Record<string, Chunk>;
    const entries = Object.keys(manifest).filter((name) => manifest[name]?.isEntry === true);
    for (const locale of ["ko", "ja", "en"]) {
      const files = withImports(manifest, [...entries, `language/${locale}.json`]);
      const theme = scripts.filter((name) => name.startsWith("assets/theme-"));
      const bytes = sum([...new Set([...files, ...theme])]);
      console.log(`script for the feed in ${locale}: ${(bytes / 1_000).toFixed(1)} KB`);
      expect(bytes).toBeLessThanOrEqual(scriptBytesMax);
    }
    console.log(`all script: ${(sum(scripts) / 1_000).toFixed(1)} KB`);
    expect(sum(scripts)).toBeLessThanOrEqual(allScriptBytesMax);
    expect(sum(assets.filter((name) => name.endsWith(".css")))).toBeLessThanOrEqual(styleBytesMax);
  });

  it("has nothing in its page that the content security policy refuses", () => {
    const page = read("index.html").toString();
    expect(page).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/i);
    for (const [, attributes = "", content = ""] of page.matchAll(/<script([^>]*)>([^<]*)/g)) {
      expect(attributes).toMatch(/ src="\/assets\//);
      expect(content.trim()).toBe("");
    }
    expect(page).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });

  it("lets the service worker keep all of it, and be one file", () => {
    const worker = read("sw.js").toString();
    expect(worker).not.toMatch(/^\s*(?:import|export)\s/m);
    expect(worker).not.toContain("importScripts");
    const kept = [...worker.matchAll(/\/(assets\/[\w.-]+)/g)].map(([, name = ""]) => name);
    expect(kept.filter((name) => name !== "assets/").sort()).toEqual(assets.sort());
    const build = JSON.parse(read("build.json").toString()) as { readonly id: string };
    expect(worker).toContain(`build:\`${build.id}\``);
    expect(read("index.html").toString()).toContain(`content="${build.id}"`);
  });

  it("can be installed, with icons in the sizes that it promises", async () => {
    const manifest = JSON.parse(read("manifest.webmanifest").toString()) as {
      readonly start_url: string;
      readonly display: string;
      readonly icons: readonly { src: string; sizes: string; type: string; purpose?: string }[];
    };
    expect(manifest).toMatchObject({ start_url: "/", scope: "/", display: "standalone" });
    const pictures = manifest.icons.filter(({ type }) => type === "image/png");
    for (const { src, sizes } of pictures) {
      const { width, height } = await sharp(read(src)).metadata();
      expect(`${String(width)}x${String(height)}`).toBe(sizes);
    }
    expect(pictures.map(({ sizes, purpose = "any" }) => `${sizes} ${purpose}`)).toEqual([
      "192x192 any",
      "512x512 any",
      "512x512 maskable",
    ]);
    const touch = /rel="apple-touch-icon" href="([^"]+)"/.exec(read("index.html").toString())?.[1];
    expect(await sharp(read(touch ?? "")).metadata()).toMatchObject({ width: 180, height: 180 });
  });
});
