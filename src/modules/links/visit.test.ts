import { describe, expect, it } from "vitest";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { contextOf } from "../../../test/support/ask-module.ts";
import { page, picture } from "../../../test/support/links-world.ts";
import { unavailable } from "../../kernel/problem.ts";
import type { OutsideAnswer, OutsideFailure, Wanted } from "../../ports/outside-web.ts";
import { hashOf } from "./link-key.ts";
import type { Fetched, Picture } from "./rules.ts";
import { visit } from "./visit.ts";

const url = "https://page.example/";

interface Visited {
  readonly fetched: Fetched;
  readonly asked: readonly string[];
  readonly wanted: readonly Wanted[];
  readonly kept: readonly string[];
}

async function visited(
  answers: Readonly<Record<string, OutsideAnswer | OutsideFailure>>,
  known: Picture | null = null,
): Promise<Visited> {
  const asked: string[] = [];
  const wanted: Wanted[] = [];
  const kept: string[] = [];
  const folders: string[] = [];
  const fetched = await visit(
    {
      web: {
        async get(address, want) {
          asked.push(address);
          wanted.push(want);
          return answers[address] ?? { ...page("", address), status: 404 };
        },
      },
      media: {
        mayKeep: () => undefined,
        async keepPreview(_context, id, file) {
          const bytes = await readFile(file, "utf8");
          kept.push(bytes);
          return bytes === "no picture" ? null : `/media/${String(id)}`;
        },
        async workFolder() {
          const folder = await mkdtemp(path.join(tmpdir(), "maru-visit-"));
          folders.push(folder);
          return { path: folder, remove: () => rm(folder, { recursive: true }) };
        },
      },
    },
    contextOf(null),
    { url, imageId: 5n, picture: known, signal: new AbortController().signal },
  );
  for (const folder of folders) {
    await expect(readFile(folder)).rejects.toMatchObject({ code: "ENOENT" });
  }
  return { fetched, asked, wanted, kept };
}

const withPicture = page(`<title>A page</title><meta property="og:image" content="/1.png">`);
const imageUrl = "https://page.example/1.png";

describe("a visit", () => {
  it("finds words and a picture, in bounded answers", async () => {
    const { fetched, asked, wanted, kept } = await visited({
      [url]: withPicture,
      [imageUrl]: picture("pixels"),
    });
    expect(fetched).toEqual({
      kind: "found",
      said: { title: "A page", description: null },
      picture: { id: 5n, path: "/media/5", hash: hashOf("pixels") },
      isPictureAway: false,
    });
    expect(asked).toEqual([url, imageUrl]);
    expect(wanted).toMatchObject([
      { bytesMax: 512 * 1024, ifLarger: "cut" },
      { bytesMax: 5 * 1024 * 1024, ifLarger: "fail" },
    ]);
    expect(kept).toEqual(["pixels"]);
  });

  it("asks nobody while nothing can be kept", async () => {
    const never = (): never => {
      throw new Error("asked");
    };
    const full = unavailable();
    const media = {
      mayKeep() {
        throw full;
      },
      keepPreview: never,
      workFolder: never,
    };
    const { signal } = new AbortController();
    const wanted = { url, imageId: 5n, picture: null, signal };
    await expect(visit({ web: { get: never }, media }, contextOf(null), wanted)).rejects.toBe(full);
  });

  it("keeps a picture that is there already", async () => {
    const known = { id: 3n, path: "/media/3", hash: hashOf("pixels") };
    const answers = { [url]: withPicture, [imageUrl]: picture("pixels") };
    const { fetched, kept } = await visited(answers, known);
    expect(fetched).toMatchObject({ picture: known });
    expect(kept).toEqual([]);
    const { fetched: changed } = await visited(
      { ...answers, [imageUrl]: picture("others") },
      known,
    );
    expect(changed).toMatchObject({ picture: { id: 5n } });
  });

  it("asks oEmbed, once, and bears what it says", async () => {
    const link = `<link rel=alternate type="application/json+oembed" href="/embed">`;
    const embedUrl = "https://page.example/embed";
    const embed = {
      ...page("", embedUrl),
      bytes: Buffer.from(`{"title":"A video","thumbnail_url":"/1.png"}`),
    };
    const answers = { [url]: page(`<title>Plain</title>${link}`), [imageUrl]: picture("pixels") };
    const found = await visited({ ...answers, [embedUrl]: embed });
    expect(found.asked).toEqual([url, embedUrl, imageUrl]);
    expect(found.wanted[1]).toMatchObject({ bytesMax: 64 * 1024, ifLarger: "fail" });
    expect(found.fetched).toMatchObject({ said: { title: "A video" }, picture: { id: 5n } });
    for (const broken of [{ fault: "too_slow" }, { ...embed, bytes: Buffer.from("{") }] as const) {
      const { fetched } = await visited({ ...answers, [embedUrl]: broken });
      expect(fetched).toMatchObject({ said: { title: "Plain" }, picture: null });
    }
  });

  it("takes a picture for its own preview", async () => {
    const itself = picture("pixels", url);
    expect((await visited({ [url]: itself })).fetched).toMatchObject({
      kind: "found",
      said: { title: null, description: null },
      picture: { id: 5n },
    });
    expect((await visited({ [url]: picture("no picture", url) })).fetched).toEqual({
      kind: "nothing",
    });
  });

  it.each([
    ["is not there", { ...picture(""), status: 404 }],
    ["is too large", { fault: "too_large" }],
    ["is where nothing may go", { fault: "forbidden_address" }],
    ["is empty", picture("")],
    ["is none", picture("no picture")],
  ] as const)("does without a picture that %s", async (_name, answer) => {
    const { fetched } = await visited({ [url]: withPicture, [imageUrl]: answer });
    expect(fetched).toEqual({
      kind: "found",
      said: { title: "A page", description: null },
      picture: null,
      isPictureAway: false,
    });
  });

  it.each([
    { fault: "unreachable" },
    { fault: "too_slow" },
    { ...picture(""), status: 503 },
  ] as const)("has the picture that is known while the page's is away: %o", async (away) => {
    const answers = { [url]: withPicture, [imageUrl]: away };
    const said = { title: "A page", description: null };
    const found = { kind: "found", said, isPictureAway: true } as const;
    expect((await visited(answers)).fetched).toEqual({ ...found, picture: null });
    const known = { id: 3n, path: "/media/3", hash: hashOf("pixels") };
    expect((await visited(answers, known)).fetched).toEqual({ ...found, picture: known });
    const bare = { ...answers, [url]: page(`<meta property="og:image" content="/1.png">`) };
    expect((await visited(bare)).fetched).toEqual({ kind: "later" });
  });

  it.each([
    ["later", { fault: "unreachable" }],
    ["later", { fault: "too_slow" }],
    ["later", { fault: "broken" }],
    ["later", { ...page(""), status: 500 }],
    ["later", { ...page(""), status: 503 }],
    ["later", { ...page(""), status: 429 }],
    ["nothing", { fault: "forbidden_address" }],
    ["nothing", { fault: "not_http" }],
    ["nothing", { fault: "too_large" }],
    ["nothing", { fault: "too_many_redirects" }],
    ["nothing", { ...page("<title>Gone</title>"), status: 410 }],
    ["nothing", { ...page("<title>Sign in</title>"), status: 401 }],
    ["nothing", { ...page("<title>Same</title>"), status: 304 }],
    ["nothing", { ...page("%PDF"), contentType: "application/pdf" }],
    ["nothing", page("")],
    ["nothing", page("<p>No head.</p>")],
  ] as const)("comes to %s: %j", async (kind, answer) => {
    expect((await visited({ [url]: answer })).fetched).toEqual({ kind });
  });
});
