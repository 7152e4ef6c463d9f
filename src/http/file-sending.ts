import type { ServerResponse } from "node:http";
import { finished, type Readable } from "node:stream";

export interface Sent {
  /** That were handed over to the system. */
  readonly bytes: number;
  /** Why not all were, unless the client went away or took nothing any more. */
  readonly fault: Error | null;
}

export interface SendFileOptions {
  /** As many as the headers say. */
  readonly bytes: number;
  /** Without progress for so long it is given up. */
  readonly stalledMs: number;
  /** The client has taken something. */
  readonly onProgress: () => void;
  /** Called once, in the step in which the last byte goes or the connection ends. */
  readonly onEnd: (sent: Sent) => void;
}

/**
 * What goes at a time, and shows that a client takes something: one on a poor line takes a while for more. With
 * less there is more to do, and systems tell no sooner, as they have as much in hand for a connection.
 */
const sliceBytes = 32 * 1024;

/**
 * Sends what `source` gives as the body of a response whose headers are written, no faster than the client
 * takes it. It is whole, or the connection is cut: with fewer bytes than were announced the client would
 * take the next answer for the rest of this one.
 */
export function sendFile(
  response: ServerResponse,
  source: Readable,
  { bytes, stalledMs, onProgress, onEnd }: SendFileOptions,
): void {
  let read = 0;
  let went = 0;
  let fault: Error | null = null;
  let isOver = false;
  /** The client is behind, and the source waits for it. */
  let isBehind = false;
  /** The source has given all. */
  let isRead = false;

  function fail(error: Error): void {
    fault ??= error;
    response.destroy();
  }

  const stalled = setTimeout(() => {
    if (isBehind) {
      response.destroy();
    } else {
      fail(new Error(`the source gave nothing for ${stalledMs} ms`));
    }
  }, stalledMs);

  function noteWent(count: number): void {
    went += count;
    stalled.refresh();
    onProgress();
  }

  function end(): void {
    if (!isOver) {
      isOver = true;
      clearTimeout(stalled);
      source.destroy();
      onEnd({ bytes: went, fault });
    }
  }

  function goOn(): void {
    if (isRead) {
      response.end();
    } else {
      isBehind = false;
      source.resume();
    }
  }

  function send(chunk: Uint8Array): void {
    const slice = chunk.subarray(0, sliceBytes);
    const rest = chunk.subarray(sliceBytes);
    response.write(slice, (error) => {
      if (error || response.destroyed) {
        return;
      }
      noteWent(slice.length);
      if (rest.length > 0) {
        send(rest);
      } else {
        goOn();
      }
    });
  }

  source.on("data", (chunk: Uint8Array) => {
    read += chunk.length;
    if (read > bytes) {
      fail(new Error(`the source gave more than the ${bytes} bytes that were announced`));
      return;
    }
    isBehind = true;
    source.pause();
    send(chunk);
  });
  finished(source, { writable: false }, (error) => {
    if (isOver) {
      return;
    }
    if (error) {
      fail(error);
    } else if (read < bytes) {
      fail(new Error(`the source gave ${read} of ${bytes} bytes`));
    } else {
      isRead = true;
      // Its last bytes may still be on their way.
      if (!isBehind) {
        isBehind = true;
        response.end();
      }
    }
  });
  response.once("finish", end);
  response.once("close", end);
}
