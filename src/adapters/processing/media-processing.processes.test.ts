import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { getPriority } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { fileSystem } from "../../../test/support/file-system.ts";
import {
  longSignal,
  openDesk,
  taken,
  type MediaDesk,
} from "../../../test/support/media-corpus/desk.ts";
import { noFfmpeg } from "../../../test/support/media-corpus/ffmpeg.ts";
import {
  descendantsOf,
  isAlive,
  mediaProcesses,
  threadsOf,
} from "../../../test/support/media-corpus/processes.ts";
import { longVideo } from "../../../test/support/media-corpus/videos.ts";

const mebibyte = 2 ** 20;
const endless = { cpuMsMax: 600_000, wallMsMax: 600_000 };
const times = {
  probe: { image: endless, video: endless },
  make: { image: endless, video: endless },
  preview: { image: endless, video: endless },
};

/** A few kilobytes that take much memory and a while to read. */
const vast = (): Promise<Buffer> =>
  sharp({
    create: {
      width: 7_000,
      height: 5_500,
      channels: 4,
      background: { r: 9, g: 99, b: 199, alpha: 0.5 },
    },
  })
    .png({ progressive: true, compressionLevel: 1 })
    .toBuffer();
const small = (): Promise<Buffer> =>
  sharp({ create: { width: 40, height: 30, channels: 3, background: "#357" } })
    .png()
    .toBuffer();

/** On a machine that is busy with other tests. */
const patience = { timeout: 20_000, interval: 20 };

async function desk(options: Parameters<typeof openDesk>[0] = {}): Promise<MediaDesk> {
  const opened = await openDesk({ times, ...options });
  onTestFinished(async () => {
    await opened.close();
    expect(mediaProcesses()).toEqual([]);
  });
  return opened;
}

let vastPhoto: Buffer;
let smallPhoto: Buffer;
beforeAll(async () => {
  [vastPhoto, smallPhoto] = await Promise.all([vast(), small()]);
});

const expectUsual = async (own: MediaDesk): Promise<void> => {
  expect(taken(await own.make(smallPhoto)).files.length).toBeGreaterThan(0);
};

/** The process that works on a file now. */
const working = (): Promise<number> =>
  vi.waitFor(() => {
    const [one] = mediaProcesses();
    expect(one).toBeDefined();
    return one!.pid;
  }, patience);

describe.skipIf(process.platform !== "linux")("what a file may take", () => {
  it("is so much memory and no more", async () => {
    const own = await desk({ memoryBytesMax: 150 * mebibyte });
    expect(await own.make(vastPhoto)).toEqual({ fault: "too_costly" });
    await expectUsual(own);
  });

  it("is so much CPU time and no more", async () => {
    const bounds = { ...endless, cpuMsMax: 400 };
    const own = await desk({ times: { ...times, make: { image: bounds, video: endless } } });
    expect(await own.make(vastPhoto)).toEqual({ fault: "too_costly" });
  });

  it("is so much time, after which it may be tried again, as the machine may have been busy", async () => {
    const bounds = { ...endless, wallMsMax: 300 };
    const own = await desk({ times: { ...times, make: { image: bounds, video: endless } } });
    await expect(own.make(vastPhoto)).rejects.toThrow(/is not done after 300 ms/u);
  });
});

describe.skipIf(process.platform !== "linux")("a process for media", () => {
  it("stands back behind all else, and knows nothing of the node's environment", async () => {
    const own = await desk();
    const made = own.make(vastPhoto);
    const pid = await working();
    const file = (name: string) => readFileSync(`/proc/${pid}/${name}`, "utf8").trim();
    // From its first moment: its start alone takes a third of a second of a core.
    await vi.waitFor(() => expect(file("comm")).not.toMatch(/^(?:sh|nice|dash)$/u), {
      ...patience,
      interval: 2,
    });
    const niceness = getPriority() + 15;
    expect(file("oom_score_adj")).toBe("800");
    if (existsSync(`/proc/${pid}/autogroup`)) {
      // Where the system shares its time among sessions first, the session as a whole stands back.
      expect(file("autogroup")).toMatch(new RegExp(` nice ${niceness}$`, "u"));
    }
    // The pixels are in the hands of others than the first of its threads.
    const threads = await vi.waitFor(() => {
      const found = threadsOf(pid);
      expect(found.map(({ name }) => name)).toContain("libvips worker");
      return found;
    }, patience);
    expect(new Set(threads.map((thread) => thread.niceness))).toEqual(new Set([niceness]));
    const names = readFileSync(`/proc/${pid}/environ`, "utf8")
      .split("\0")
      .map((line) => line.split("=")[0]!)
      .filter((name) => name !== "");
    const allowed = [
      "PATH",
      "LC_ALL",
      "TZ",
      "PWD",
      "NODE_CHANNEL_FD",
      "NODE_CHANNEL_SERIALIZATION_MODE",
    ];
    expect(names.filter((name) => !allowed.includes(name))).toEqual([]);
    taken(await made);
  });

  it("that is killed from outside fails its file alone, which may be tried again", async () => {
    const own = await desk();
    const lost = own.make(vastPhoto);
    const rejected = expect(lost).rejects.toThrow(/a process for media ended: SIGKILL/u);
    process.kill(await working(), "SIGKILL");
    await rejected;
    taken(await own.make(vastPhoto));
  });

  it("ends with the signal of who asked, and with it the work", async () => {
    const own = await desk();
    const asked = new AbortController();
    const path = await own.put(vastPhoto);
    const lost = own.processing.make(path, await own.folder(), asked.signal);
    const rejected = expect(lost).rejects.toThrow("no more");
    const pid = await working();
    asked.abort(new Error("no more"));
    await rejected;
    expect(isAlive(pid)).toBe(false);
    await expectUsual(own);
  });

  it("has one file at a time, and who waits may leave", async () => {
    const own = await desk();
    const first = own.make(vastPhoto);
    await working();
    const asked = new AbortController();
    const second = own.processing.make(await own.put(smallPhoto), await own.folder(), asked.signal);
    const third = own.make(smallPhoto);
    expect(mediaProcesses().length).toBe(1);
    asked.abort(new Error("too late"));
    await expect(second).rejects.toThrow("too late");
    taken(await first);
    taken(await third);
    expect(mediaProcesses().length).toBe(1);
  });

  it("gives its memory back when it has nothing to do", async () => {
    const own = await desk({ idleMsMax: 10 });
    await expectUsual(own);
    await vi.waitFor(() => expect(mediaProcesses()).toEqual([]), patience);
    await expectUsual(own);
  });

  it("ends when all is closed, and what it was at fails", async () => {
    const own = await desk();
    const lost = own.make(vastPhoto);
    const rejected = expect(lost).rejects.toThrow(/a process for media ended/u);
    await working();
    await own.processing.close();
    await rejected;
    expect(mediaProcesses()).toEqual([]);
    await expect(own.make(smallPhoto)).rejects.toThrow(/no files are processed any more/u);
  });
});

describe("what says nothing of the file", () => {
  it("is no refusal: a file or a folder that is not there", async () => {
    const own = await desk();
    const missing = path.join(await own.folder(), "gone");
    await expect(own.processing.probe(missing, longSignal())).rejects.toThrow(/ENOENT/u);
    const file = await own.put(smallPhoto);
    await expect(own.processing.make(file, missing, longSignal())).rejects.toThrow(/ENOENT/u);
  });

  it("is no refusal: a disk that is full", async (test) => {
    const own = await desk();
    const folder = await own.folder();
    const disk = fileSystem(test, folder, "size=64k");
    await disk.fill();
    const file = await own.put(smallPhoto);
    await expect(own.processing.make(file, folder, longSignal())).rejects.toThrow(/ENOSPC/u);
    if (noFfmpeg === null) {
      await disk.empty();
      const video = await own.put(longVideo(2));
      await expect(own.processing.make(video, folder, longSignal())).rejects.toThrow(/ENOSPC/u);
    }
  });
});

describe.skipIf(noFfmpeg ?? process.platform !== "linux")("a program for videos", () => {
  let video: Buffer;
  beforeAll(() => {
    video = longVideo(6);
  });
  const makingProcess = fileURLToPath(
    new URL("../../../test/support/media-corpus/making-process.ts", import.meta.url),
  );

  /** Those that write the video; others look into it, or are tried at the start. */
  const programs = (pid?: number): readonly number[] =>
    descendantsOf(pid ?? process.pid)
      .filter(({ command }) => /^\S*ffmpeg .*video\.mp4/u.test(command))
      .map((one) => one.pid);
  const running = (pid?: number): Promise<number> =>
    vi.waitFor(() => {
      const [one] = programs(pid);
      expect(one).toBeDefined();
      return one!;
    }, patience);

  /** It did not end because its work was done: what it writes last is not there. */
  const expectUnfinished = async (folder: string): Promise<void> => {
    const made = await readFile(path.join(folder, "video.mp4")).catch(() => Buffer.alloc(0));
    expect(made.includes("moov")).toBe(false);
  };

  it("lets others be looked into meanwhile, and a link have its picture", async () => {
    const own = await desk();
    const asked = new AbortController();
    const made = own.processing.make(await own.put(video), await own.folder(), asked.signal);
    const rejected = expect(made).rejects.toThrow("enough");
    const program = await running();
    expect(taken(await own.probe(smallPhoto))).toMatchObject({ width: 40, height: 30 });
    const file = await own.put(smallPhoto);
    taken(await own.processing.makePreview(file, await own.folder(), longSignal()));
    expect(isAlive(program)).toBe(true);
    asked.abort(new Error("enough"));
    await rejected;
    await vi.waitFor(() => expect(isAlive(program)).toBe(false), patience);
  });

  it("is watched with the process that has started it", async () => {
    const tight = await desk({ memoryBytesMax: 130 * mebibyte });
    expect(await tight.make(video)).toEqual({ fault: "too_costly" });
    const bounds = { ...endless, cpuMsMax: 1_000 };
    const quick = await desk({ times: { ...times, make: { image: endless, video: bounds } } });
    expect(await quick.make(video)).toEqual({ fault: "too_costly" });
    await vi.waitFor(() => expect(programs()).toEqual([]), patience);
  });

  it("ends with that process, however that ends", async () => {
    const own = await desk();
    const folder = await own.folder();
    const lost = own.processing.make(await own.put(video), folder, longSignal());
    const rejected = expect(lost).rejects.toThrow(/a process for media ended/u);
    const program = await running();
    process.kill(await working(), "SIGKILL");
    await rejected;
    await vi.waitFor(() => expect(isAlive(program)).toBe(false), patience);
    await expectUnfinished(folder);
  });

  it.each(["the node", "the node and the process that has started it, at once"])(
    "ends with %s, however that ends",
    async (which) => {
      const own = await desk();
      const file = await own.put(video);
      const folder = await own.folder();
      const node = spawn(process.execPath, [makingProcess, file, folder], { stdio: "inherit" });
      await running(node.pid);
      const started = descendantsOf(node.pid!).map(({ pid }) => pid);
      expect(started.length).toBeGreaterThanOrEqual(2);
      const media = which === "the node" ? [] : mediaProcesses(node.pid);
      node.kill("SIGKILL");
      for (const { pid } of media) {
        process.kill(pid, "SIGKILL");
      }
      await vi.waitFor(() => expect(started.filter(isAlive)).toEqual([]), patience);
      await expectUnfinished(folder);
    },
  );
});
