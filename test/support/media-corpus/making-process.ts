import { noMetrics, quietLogger, realClock } from "../record.ts";
import { createMediaProcessing } from "../../../src/adapters/processing/media-processing.ts";

/** A node that makes something of one file, for a test that ends it. */
const [file = "", folder = ""] = process.argv.slice(2);
const minuteMs = 60_000;
const processing = await createMediaProcessing({
  limits: {
    imagePixelsMax: 40_000_000,
    imageFramesMax: 200,
    videoSecondsMax: 60,
    videoPixelsMax: 4_000_000,
  },
  atOnceMax: 1,
  memoryBytesMax: 2 ** 30,
  makingTimeoutMs: 10 * minuteMs,
  clock: realClock,
  logger: quietLogger,
  metrics: noMetrics,
});
await processing.make(file, folder, AbortSignal.timeout(10 * minuteMs));
console.log("made");
await processing.close();
