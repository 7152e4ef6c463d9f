import type { NodeProcess } from "../server/node-process.ts";
import { forgetPeak, mediaMemoryOf, residentBytesPeak } from "./processes.ts";

/** The most memory that a server takes while something is done, in bytes. */
export interface Peaks {
  /** Of the node's own process. */
  readonly nodeBytes: number;
  /** Of all processes for media and their programs together, as far as was seen. */
  readonly mediaBytes: number;
  /** Of the largest of them. */
  readonly mediaProcessBytes: number;
}

const lookEveryMs = 50;

export function watchPeaks({ pid }: Pick<NodeProcess, "pid">): { stop(): Peaks } {
  forgetPeak(pid);
  let mediaBytes = 0;
  let mediaProcessBytes = 0;
  const looking = setInterval(() => {
    const found = mediaMemoryOf(pid);
    mediaBytes = Math.max(
      mediaBytes,
      found.reduce((sum, { rssBytes }) => sum + rssBytes, 0),
    );
    mediaProcessBytes = Math.max(mediaProcessBytes, ...found.map((one) => one.rssBytesPeak));
  }, lookEveryMs);
  return {
    stop() {
      clearInterval(looking);
      return { nodeBytes: residentBytesPeak(pid), mediaBytes, mediaProcessBytes };
    },
  };
}
