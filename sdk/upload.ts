import { DetailedError, Upload, type HttpRequest, type HttpResponse } from "tus-js-client";
import { idempotencyKey } from "./key.ts";
import { MaruProblem, problemOf } from "./problem.ts";
import type { components } from "./schema.d.ts";
import { createWatchdog } from "./watchdog.ts";

type Media = components["schemas"]["Media"];

/** A photo or video on its way to the server, in pieces: what has arrived need not be sent again. */
export interface MediaUpload {
  /**
   * Sends what the server does not have yet. After a failure it may be called again, and goes on from
   * there. Throws a MaruProblem, or what the network failed with, or why the signal aborted.
   */
  send(options: SendOptions): Promise<Media>;
  /** Nobody wants it any more: the server may forget what it has of it. */
  abandon(): Promise<void>;
}

export interface SendOptions {
  readonly signal?: AbortSignal;
  /** From 0 to 1. */
  readonly onProgress?: (share: number) => void;
}

export interface MediaUploadOptions {
  /** Where the server is, without a slash at the end; a page may leave it out for its own server. */
  readonly baseUrl?: string;
  /** Of who uploads; a page's cookie goes to its own server by itself. */
  readonly token?: string | null;
  /** What it shows, for who cannot see it. */
  readonly alt?: string;
}

/** A lost connection costs as much at most to be sent again. */
const pieceBytes = 8 * 1024 * 1024;
/** Nothing moved for so long: the connection is taken for dead. */
const stillMsMax = 60_000;
/** A file that goes as a whole tells nothing of how far it is: slower than that it is taken for still. */
const wholeBytesPerMsMin = 16;
const notFound = 404;
const notAllowed = 405;
const gone = 410;
const refusedMin = 400;

/** By the protocol of tus; as a whole where something between does not let that through. */
export function createMediaUpload(file: File, options: MediaUploadOptions = {}): MediaUpload {
  const { baseUrl = "", token = null, alt = "" } = options;
  const headers: Record<string, string> =
    token === null ? {} : { authorization: `Bearer ${token}` };
  // What was begun, or went as a whole, and whose answer was lost, is not begun or made once more.
  let key = idempotencyKey();
  let isWhole = false;
  let isStopped = false;
  let done: (media: Media) => void = () => undefined;
  let fail: (error: unknown) => void = () => undefined;
  let progressed: (share: number) => void = () => undefined;

  const upload = new Upload(file, {
    endpoint: `${baseUrl}/v1/uploads`,
    headers,
    metadata: { filename: file.name, filetype: file.type, ...(alt === "" ? {} : { alt }) },
    chunkSize: pieceBytes,
    // Whoever calls knows better when to try again.
    retryDelays: null,
    storeFingerprintForResuming: false,
    onProgress: (sent, total) => {
      progressed(total === 0 ? 1 : sent / total);
    },
    onBeforeRequest(request) {
      if (isStopped && request.getMethod() !== "DELETE") {
        throw new TypeError("nobody waits for it any more");
      }
      if (request.getMethod() === "POST") {
        request.setHeader("Idempotency-Key", key);
      }
    },
    async onAfterResponse(request, answer) {
      await refuse(request, answer);
      if (request.getMethod() === "POST") {
        // Where the server forgets it, the next one is another one.
        key = idempotencyKey();
      }
    },
    onError: (error) => {
      fail(error instanceof DetailedError ? (error.causingError ?? error) : error);
    },
    onSuccess: ({ lastResponse }) => {
      mediaIn(lastResponse).then(done, fail);
    },
  });

  /** The answer to the last piece brings it; when that was lost, it is asked for. */
  async function mediaIn(answer: HttpResponse): Promise<Media> {
    const told = answer.getHeader("maru-media");
    if (told !== undefined && told !== null && told !== "") {
      return JSON.parse(decodeURIComponent(told)) as Media;
    }
    const response = await fetch(`${upload.url ?? ""}/media`, { headers });
    return mediaOf(response);
  }

  async function sendWhole(signal: AbortSignal | undefined): Promise<Media> {
    const body = new FormData();
    if (alt !== "") {
      body.append("alt", alt);
    }
    body.append("file", file);
    const late = AbortSignal.timeout(stillMsMax + file.size / wholeBytesPerMsMin);
    try {
      const response = await fetch(`${baseUrl}/v1/media`, {
        method: "POST",
        headers: { ...headers, "idempotency-key": key },
        body,
        signal: signal === undefined ? late : AbortSignal.any([signal, late]),
      });
      return await mediaOf(response);
    } catch (error) {
      throw error === late.reason ? new TypeError("it takes too long", { cause: error }) : error;
    }
  }

  async function sendPieces({ signal, onProgress }: SendOptions): Promise<Media> {
    signal?.throwIfAborted();
    isStopped = false;
    const stop = (why: unknown): void => {
      isStopped = true;
      void upload.abort();
      fail(why);
    };
    const watchdog = createWatchdog({
      staleMs: stillMsMax,
      nowMs: () => performance.now(),
      onDead() {
        stop(new TypeError("nothing moves any more"));
      },
    });
    const onAbort = (): void => {
      stop(signal?.reason);
    };
    signal?.addEventListener("abort", onAbort);
    try {
      return await new Promise<Media>((resolve, reject) => {
        done = resolve;
        fail = reject;
        progressed = (share) => {
          watchdog.heard();
          onProgress?.(share);
        };
        upload.start();
      });
    } finally {
      signal?.removeEventListener("abort", onAbort);
      watchdog.stop();
    }
  }

  return {
    async send(how) {
      try {
        return await (isWhole ? sendWhole(how.signal) : sendPieces(how));
      } catch (error) {
        if (isWhole || !isNoWay(error, upload.url !== null)) {
          throw error;
        }
        isWhole = true;
        return sendWhole(how.signal);
      }
    },
    async abandon() {
      isStopped = true;
      await upload.abort(true).catch(() => undefined);
    },
  };
}

/** An upload that the server forgot, is still at work on, or has more of: the next attempt asks how far it is. */
const unsettled: ReadonlySet<number> = new Set([notFound, 409, gone, 423]);

async function refuse(request: HttpRequest, answer: HttpResponse): Promise<void> {
  const status = answer.getStatus();
  const method = request.getMethod();
  const beginsAnew = method === "HEAD" && (status === notFound || status === gone);
  if (status < refusedMin || beginsAnew) {
    return;
  }
  const names = ["content-type", "retry-after", "x-request-id"];
  const headers = names.flatMap((name) => {
    const value = answer.getHeader(name);
    return value === undefined || value === null ? [] : [[name, value] as [string, string]];
  });
  const problem = await problemOf(new Response(answer.getBody(), { status, headers }));
  const isOfFile = problem.code === "media.too_many_unused";
  throw method !== "POST" && unsettled.has(status) && !isOfFile
    ? new TypeError("the upload is elsewhere by now", { cause: problem })
    : problem;
}

/** There is nobody who speaks tus, or something between stops what it does not know. */
function isNoWay(error: unknown, hasBegun: boolean): boolean {
  return (
    error instanceof MaruProblem &&
    (error.status === notAllowed || (error.status === notFound && !hasBegun))
  );
}

async function mediaOf(response: Response): Promise<Media> {
  if (!response.ok) {
    throw await problemOf(response);
  }
  return ((await response.json()) as { readonly media: Media }).media;
}
