import type { IncomingMessage } from "node:http";
import type { MonotonicMs } from "../kernel/deadline.ts";
import { regularly } from "../kernel/turns.ts";
import type { Route } from "../ports/routes.ts";
import type { Exchange } from "./exchange.ts";
import { IncomingBody } from "./incoming-body.ts";
import type { IncomingDeadline } from "./incoming-deadline.ts";
import { bodyTooLarge, malformedRequest, mediaType, overloaded } from "./problems.ts";
import type { IncomingLimits } from "./settings.ts";
import { forgetRequest, noteRequest } from "./socket-notes.ts";
import { announcesBody } from "./unread-body.ts";

/** The bodies that come in as streams. */
export interface IncomingBodies {
  /** Throws a problem where there are too many already. The place is free again when the response has closed. */
  take(exchange: Exchange, body: TakenBody): IncomingBody;
  count(): number;
  stop(): void;
}

export interface TakenBody {
  readonly bytesMax: number;
  readonly deadline: IncomingDeadline;
}

const checkEveryMs = 250;
const retryAfterS = 5;

export function createIncomingBodies(deps: {
  readonly limits: IncomingLimits;
  readonly monotonicMs: MonotonicMs;
}): IncomingBodies {
  const { limits, monotonicMs } = deps;
  const bodies = new Set<IncomingBody>();
  const stop = regularly(checkEveryMs, monotonicMs, () => {
    for (const body of bodies) {
      body.check();
    }
  });

  return {
    take({ request, response }, { bytesMax, deadline }) {
      if (response.destroyed) {
        throw malformedRequest({ detail: "The client went away." });
      }
      if (bodies.size >= limits.atOnceMax) {
        throw overloaded({ retryAfterS, detail: "Too many files are being sent at once." });
      }
      const body = new IncomingBody({
        request,
        response,
        bytesMax,
        limits,
        deadline,
        monotonicMs,
      });
      bodies.add(body);
      noteRequest(request, "patient");
      response.once("close", () => {
        bodies.delete(body);
        forgetRequest(request);
        deadline.end();
      });
      return body;
    },
    count: () => bodies.size,
    stop,
  };
}

/** What the headers tell of a body that its route would not take. Throws the problem. */
export function refuseByHeaders(
  request: Pick<IncomingMessage, "headers">,
  { streamOf, bytesMax }: Required<Pick<Route, "streamOf">> & { readonly bytesMax: number },
): void {
  const { "content-length": length = "0", "content-type": type } = request.headers;
  if (type !== undefined || announcesBody(request)) {
    const [essence = ""] = (type ?? "").split(";", 1);
    if (!streamOf.includes(essence.trim().toLowerCase())) {
      throw mediaType({ detail: `It takes ${streamOf.join(", ")}.` });
    }
  }
  if (Number(length) > bytesMax) {
    throw bodyTooLarge({ detail: `It takes ${bytesMax} bytes at most.` });
  }
}
