import type { EventSink, EventStream } from "../ports/routes.ts";
import type { Exchange } from "./exchange.ts";
import { headersOf } from "./respond.ts";

/** The streams of server-sent events that are open on this node. */
export interface EventStreams {
  /** Sends the headers and hands the stream to `run` until either side ends it. */
  open(exchange: Exchange, stream: EventStream, headers?: Readonly<Record<string, string>>): void;
  /** Ends all with a last comment; clients then reconnect, to another node. */
  endAll(): void;
  /** Looks once whether the node may still serve, and ends all where it may not. */
  check(): void;
  count(): number;
}

const ok = 200;
const farewell = ": the server is stopping; connect again\n\n";
const apology = ": this server can tell nothing now; connect again\n\n";
/** Finds peers that vanished without a word. */
const probeAfterMs = 30_000;
/** What a client that is being let go may still take to read what was written. */
const lingerMs = 5_000;

const streamHeaders = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  // Asks nginx and its kin not to collect the stream before they pass it on.
  "x-accel-buffering": "no",
};

/** `mayServe`: whether the node may tell anybody anything; a stream ends rather than tell something else. */
export function createEventStreams(mayServe: () => boolean): EventStreams {
  const ends = new Set<(lastWords: string) => void>();
  const endAll = (lastWords: string): void => {
    for (const end of [...ends]) {
      end(lastWords);
    }
  };

  return {
    open(exchange, stream, headers = {}) {
      const { request, response } = exchange;
      if (response.destroyed) {
        // The client went away meanwhile: its close has been told, and would never end the stream.
        exchange.finish(ok, 0);
        return;
      }
      response.writeHead(ok, headersOf(exchange.requestId, { ...streamHeaders, ...headers }, null));
      if (request.method === "HEAD") {
        response.end();
        exchange.finish(ok, 0);
        return;
      }
      response.flushHeaders();
      request.socket.setKeepAlive(true, probeAfterMs);
      let bytes = 0;
      let ended = false;
      let stop = (): void => undefined;

      const end = (lastWords: string): void => {
        if (ended) {
          return;
        }
        ended = true;
        ends.delete(end);
        response.end(lastWords);
        // A client that does not read would hold what is buffered for as long as it likes.
        const cut = setTimeout(() => response.destroy(), lingerMs);
        cut.unref();
        response.once("close", () => {
          clearTimeout(cut);
        });
      };
      const sink: EventSink = {
        write(text) {
          if (!ended && !mayServe()) {
            end(apology);
          }
          if (ended) {
            return false;
          }
          bytes += Buffer.byteLength(text);
          return response.write(text);
        },
        bufferedBytes: () => response.writableLength,
        close: () => {
          end("");
        },
      };
      ends.add(end);
      response.once("close", () => {
        ended = true;
        ends.delete(end);
        stop();
        exchange.finish(ok, bytes);
      });
      try {
        stop = stream(sink);
      } catch (error) {
        response.destroy();
        throw error;
      }
    },
    endAll() {
      endAll(farewell);
    },
    check() {
      if (ends.size > 0 && !mayServe()) {
        endAll(apology);
      }
    },
    count: () => ends.size,
  };
}
