/** Builds a client of a few lines in a small project of its own, with this project's Vite. */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createReadFolder } from "../../src/adapters/system/folder.ts";
import { createBuild, type Build } from "../../src/modules/web/build.ts";

const tool = path.resolve(import.meta.dirname, "../../tools/build-web.ts");

let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "maru-build-web-"));
  write("package.json", JSON.stringify({ type: "module" }));
  write("package-lock.json", "{}");
  write("web/vite.config.ts", "export default { build: { assetsInlineLimit: 0 } };");
  write(
    "web/index.html",
    `<html lang="en"><head></head><script type="module" src="/a.ts"></script>`,
  );
  write("web/public/icons/maru.svg", "<svg/>");
  writeScript("one");
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  writeFileSync(path.join(root, file), text);
}

function writeScript(text: string): void {
  write("web/a.ts", `document.title = ${JSON.stringify(`${text} `.repeat(500))};`);
}

async function build(): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(process.execPath, [tool, root], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  }
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, output };
}

async function built(): Promise<Build> {
  const files = await createReadFolder(path.join(root, "web/dist"))();
  return createBuild(files!);
}

const text = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString();

describe("a build of the web client", () => {
  it("is one that the server serves: named in its page, and packed", async () => {
    expect(await build()).toEqual({ code: 0, output: "maru: building the web client …\n" });
    const { id, page, files } = await built();
    expect(text(page.plain)).toContain(`<meta name="maru-build" content="${id}">`);
    const [name = "", script] = [...files].find(([file]) => file.endsWith(".js")) ?? [];
    expect(name).toMatch(/^\/assets\/[\w-]+-[\w-]{8}\.js$/);
    expect(text(brotliDecompressSync(script!.brotli!))).toBe(text(script!.plain));
    expect(text(gunzipSync(script!.gzip!))).toBe(text(script!.plain));
    expect(readdirSync(path.join(root, "web/dist", path.dirname(name)))).toContain(
      `${path.basename(name)}.br`,
    );
    expect([...files.keys()]).toContain("/icons/maru.svg");
  });

  it("is not made again from the same sources, and is another from others", async () => {
    await build();
    const first = await built();
    expect(await build()).toEqual({ code: 0, output: "" });
    writeScript("two");
    await build();
    const second = await built();
    expect(second.id).not.toBe(first.id);
    expect([...second.files.keys()]).not.toEqual([...first.files.keys()]);
    expect(readdirSync(path.join(root, "web")).filter((name) => name.startsWith("."))).toEqual([]);
  });

  it("leaves the one before in place when it fails, and says why", async () => {
    await build();
    const { id } = await built();
    write("web/a.ts", `import "./gone.ts";`);
    const failed = await build();
    expect(failed.code).toBe(1);
    expect(failed.output).toContain("gone.ts");
    expect(failed.output).not.toContain("node:internal");
    expect((await built()).id).toBe(id);
  });

  it("is made once when two are asked for at once", async () => {
    const both = await Promise.all([build(), build()]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const tellings = both.filter(({ output }) => output.includes("maru: building"));
    expect(tellings).toHaveLength(1);
    await built();
  });

  it("clears away what a build that was killed left behind", async () => {
    write("web/.build-killed/next/index.html", "half");
    await build();
    expect(existsSync(path.join(root, "web/.build-killed"))).toBe(false);
  });

  it("is taken as it is where there are no sources", async () => {
    await build();
    const { id } = await built();
    rmSync(path.join(root, "web/vite.config.ts"));
    rmSync(path.join(root, "web/a.ts"));
    expect(await build()).toEqual({ code: 0, output: "" });
    expect((await built()).id).toBe(id);
    expect(readFileSync(path.join(root, "web/dist/build.json"), "utf8")).toContain(id);
  });
});
