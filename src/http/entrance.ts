import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { createArrivals, type Line } from "../kernel/arrivals.ts";
import type { MonotonicMs } from "../kernel/deadline.ts";
import { Problem } from "../kernel/problem.ts";
import type { LoadGuard } from "./load-guard.ts";
import type { Patience } from "./patience.ts";
import type { Refuse } from "./refusals.ts";
import { noteWaited } from "./waited.ts";

/**
 * Where requests wait for their turn, and are refused if the guard says so (`load-guard.ts`), before
 * anything else is done with them.
 */
export interface Entrance {
  readonly admitting: Admitting;
  /** Requests that have arrived and have not had their turn. */
  waiting(): number;
}

/** Lets a listener have the requests that the guard lets in, each in its turn. */
export type Admitting = (serve: Listener) => Listener;
type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** Requests that a client may send ahead on a connection, behind one that waits. Beyond it the connection is ended. */
const aheadMax = 100;

export function createEntrance(deps: {
  readonly guard: Pick<LoadGuard, "atTheDoor" | "roomFor" | "waited">;
  readonly refuse: Refuse;
  readonly monotonicMs: MonotonicMs;
  /** Without it nobody waits for the node to serve again. */
  readonly patience?: Patience;
}): Entrance {
  const { guard, refuse, monotonicMs, patience } = deps;
  /** Of each connection one is in line, with those behind it that wait for it to have its turn. */
  const inLine = new Map<Socket, Arrival[] | null>();
  /** They wait for the node, not for their turn. */
  let patient = 0;
  const arrivals = createArrivals<Arrival>({ monotonicMs, take, onTurn: guard.waited });

  function join(arrival: Arrival): void {
    const { socket } = arrival.request;
    const behind = inLine.get(socket);
    if (behind === undefined) {
      inLine.set(socket, null);
      arrivals.add(arrival, arrival.line);
    } else if (behind === null) {
      inLine.set(socket, [arrival]);
    } else if (behind.length < aheadMax) {
      behind.push(arrival);
    } else {
      socket.destroy();
    }
  }

  function take(arrival: Arrival, waitedMs: number): void {
    const { request, response, refusal } = arrival;
    const { socket } = request;
    const behind = inLine.get(socket) ?? null;
    inLine.delete(socket);
    if (!socket.destroyed) {
      if (refusal === null) {
        guard.waited(waitedMs);
        serveIfRoom(arrival, waitedMs);
      } else {
        refuse(request, response, refusal);
      }
    }
    behind?.forEach(join);
  }

  function serveIfRoom(arrival: Arrival, waitedMs: number): void {
    const { request, response, serve, line, isPatient } = arrival;
    const mayServe = isPatient ? true : (patience?.() ?? true);
    if (mayServe !== true) {
      noteWaited(request, waitedMs);
      void waitForNode(arrival, mayServe);
      return;
    }
    const refusal = line === "commands" ? guard.roomFor(request) : null;
    if (refusal === null) {
      noteWaited(request, waitedMs);
      serve(request, response);
    } else {
      join({ ...arrival, line: "refused", refusal });
    }
  }

  /** Whether it serves by then is found out where it is served. */
  async function waitForNode(arrival: Arrival, mayServe: Promise<boolean>): Promise<void> {
    const fromMs = monotonicMs();
    patient += 1;
    await mayServe;
    patient -= 1;
    noteWaited(arrival.request, monotonicMs() - fromMs);
    join({ ...arrival, isPatient: true });
  }

  return {
    admitting: (serve) => (request, response) => {
      const admitted = guard.atTheDoor(request, arrivals.waiting() === 0);
      const [line, refusal] =
        admitted instanceof Problem
          ? (["refused", admitted] as const)
          : ([admitted, null] as const);
      join({ request, response, serve, line, refusal, isPatient: false });
    },
    waiting: () => arrivals.waiting() + patient,
  };
}

interface Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly serve: Listener;
  readonly line: Line;
  readonly refusal: Problem | null;
  /** It has waited for the node to serve again. */
  readonly isPatient: boolean;
}
