import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deskLimits } from "../../../test/support/media-corpus/desk.ts";
import { noFfmpeg } from "../../../test/support/media-corpus/ffmpeg.ts";
import { playlists } from "../../../test/support/media-corpus/not-media.ts";
import { openVideo, type VideoWork } from "./video-reader.ts";

const work: VideoWork = {
  programs: { ffmpeg: "ffmpeg", ffprobe: "ffprobe", canTether: false, canToneMap: false },
  limits: deskLimits,
  confinement: { memoryBytes: 2 ** 31, cpuSeconds: 10, fileBytes: 0, isTethered: false },
  onProcess: () => undefined,
};

let server: Server;
let folder: string;
const visits: (string | undefined)[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    visits.push(request.url);
    response.end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  folder = await mkdtemp(path.join(tmpdir(), "maru-lists-"));
});
afterAll(async () => {
  server.close();
  await rm(folder, { recursive: true });
});
const serverUrl = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

describe.skipIf(noFfmpeg !== null)("a list that leads elsewhere", () => {
  it("is followed by ffprobe as it is", async () => {
    const list = path.join(folder, "list.m3u8");
    await writeFile(list, playlists(serverUrl())[1]![1]);
    const args = ["-v", "error", "-protocol_whitelist", "file,http,tcp", list];
    await once(spawn("ffprobe", args, { stdio: "ignore" }), "exit");
    expect(visits.splice(0)).toContain("/hls.ts");
  });

  it("is not, whatever its name and whatever it was taken for", async () => {
    for (const [index, [name, bytes]] of playlists(serverUrl()).entries()) {
      for (const [extension, contentType] of [
        ["mp4", "video/mp4"],
        ["m3u8", "video/mp4"],
        ["ffconcat", "video/webm"],
      ] as const) {
        const file = path.join(folder, `${index}.${extension}`);
        await writeFile(file, bytes);
        const opened = openVideo(file, { kind: "video", contentType }, work);
        await expect(opened, name).rejects.toMatchObject({ name: "Refusal" });
      }
    }
    expect(visits).toEqual([]);
  });
});
