import { brotliCompressSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { clientFiles, type ClientFiles } from "../../../test/support/client-folder.ts";
import { createBuild, type Build } from "./build.ts";

const build = (files: ClientFiles): Promise<Build> =>
  createBuild(
    new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content as string)])),
  );

describe("a build", () => {
  test("has its page apart, and its files without what only tools need", async () => {
    const { id, page, files } = await build(clientFiles("one"));
    expect([id, page.mediaType]).toEqual(["one", "text/html; charset=utf-8"]);
    expect([...files.keys()]).toEqual([
      "/assets/one.js",
      "/assets/shared.js",
      "/assets/picture.png",
      "/icons/maru.svg",
      "/sw.js",
      "/manifest.webmanifest",
    ]);
  });

  test("is served as it was packed, and packed here where it was not", async () => {
    const css = "a { color: red; }\n".repeat(100);
    const [brotli, gzip] = [brotliCompressSync(css), gzipSync(css)];
    const { files } = await build({
      ...clientFiles("one"),
      "assets/a.css": css,
      "assets/a.css.br": brotli,
      "assets/a.css.gz": gzip,
      "assets/b.css": css,
    });
    expect(files.get("/assets/a.css")).toMatchObject({ brotli, gzip });
    expect(files.has("/assets/a.css.br")).toBe(false);
    expect(files.get("/assets/b.css")?.brotli?.byteLength).toBeLessThan(css.length);
    expect(files.get("/assets/picture.png")).toMatchObject({ brotli: null, gzip: null });
  });

  test.each(["index.html", "build.json"])(
    "without %s is refused, with a sentence that says what to do",
    async (name) => {
      const { [name]: _, ...files } = clientFiles("broken");
      await expect(build(files)).rejects.toThrow(
        `The web client cannot be served: its folder has no ${name}`,
      );
    },
  );

  test.each(["a b", "", 7, null])("is not named %j", async (id) => {
    const files = { ...clientFiles("one"), "build.json": JSON.stringify({ id }) };
    await expect(build(files)).rejects.toThrow("that names the build");
  });
});
