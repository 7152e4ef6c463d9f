import { Readable } from "node:stream";

export interface BodyOptions {
  /** How long nothing may come while somebody waits for it. */
  readonly silentMs: number;
  readonly failure: (error: unknown) => Error;
}

/**
 * The body of an answer as a stream of its own. A reader who takes its time is no failure of the store,
 * so that the time runs only while more is asked for.
 */
export function streamBody(body: Readable, { silentMs, failure }: BodyOptions): Readable {
  let silence: NodeJS.Timeout | undefined;
  const stream = new Readable({
    read() {
      clearTimeout(silence);
      silence = setTimeout(() => {
        stream.destroy(failure(new Error(`nothing came for ${silentMs} ms`)));
      }, silentMs);
      body.resume();
    },
    destroy(error, done) {
      clearTimeout(silence);
      body.destroy();
      done(error);
    },
  });
  body.on("data", (bytes: Buffer) => {
    clearTimeout(silence);
    if (!stream.push(bytes)) body.pause();
  });
  body.on("end", () => {
    clearTimeout(silence);
    stream.push(null);
  });
  body.on("error", (error) => {
    stream.destroy(failure(error));
  });
  body.on("close", () => {
    if (!body.readableEnded) stream.destroy(failure(new Error("the connection has ended")));
  });
  body.pause();
  return stream;
}
