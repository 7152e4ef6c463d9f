import { execFile } from "node:child_process";
import { copyFile, open, stat } from "node:fs/promises";
import { promisify } from "node:util";

/** Videos as phones send them: 1280 × 720, 30 frames a second, with sound. */
const run = promisify(execFile);
const bitsPerS = "8M";
const program = "ffmpeg";

/** Moving shapes, grain that is another in each frame, and a tone. */
export async function filmClip(file: string, seconds: number): Promise<void> {
  const lasting = `duration=${String(seconds)}`;
  await run(program, [
    ...["-v", "error", "-y", "-f", "lavfi", "-i", `testsrc2=size=1280x720:rate=30:${lasting}`],
    ...["-f", "lavfi", "-i", `sine=frequency=440:${lasting}`, "-vf", "noise=alls=8:allf=t"],
    ...["-c:v", "libx264", "-preset", "ultrafast", "-b:v", bitsPerS, "-pix_fmt", "yuv420p"],
    ...["-c:a", "aac", "-movflags", "+faststart", "-f", "mp4", file],
  ]);
}

const boxHeaderBytes = 8;
const writtenAtOnce = 1024 ** 2;

/** The same clip in a file of so many bytes: what is added is a box that players pass over. */
export async function fillUp(clip: string, file: string, bytes: number): Promise<void> {
  await copyFile(clip, file);
  const { size } = await stat(file);
  const header = Buffer.alloc(boxHeaderBytes);
  header.writeUInt32BE(bytes - size);
  header.write("free", 4, "latin1");
  const filling = Buffer.alloc(writtenAtOnce, "maru");
  const handle = await open(file, "a");
  try {
    await handle.write(header);
    for (let left = bytes - size - boxHeaderBytes; left > 0; left -= writtenAtOnce) {
      await handle.write(filling, 0, Math.min(left, writtenAtOnce));
    }
  } finally {
    await handle.close();
  }
}
