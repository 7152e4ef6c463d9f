import { Agent, request, type IncomingMessage } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { Random } from "../support/random.ts";
import { isDecided, type Attempt, type NoAnswer } from "./history.ts";

/**
 * A client that knows both balancers. It stays at one door for as long as that answers; when there
 * is no answer in time, or one that decides nothing, it asks the same at the other, with the same key.
 */
export interface Caller {
  ask(question: Question): Promise<Answered>;
}

export interface Question {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly token: string | null;
  readonly key?: string;
  readonly body?: unknown;
  readonly position?: string | null;
}

export interface Answered {
  readonly begunAtMs: number;
  readonly endedAtMs: number;
  readonly attempts: readonly Attempt[];
  /** Null where no attempt had an answer that decides. */
  readonly reply: Reply | null;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Body;
}

interface Account {
  readonly id: string;
  readonly counts?: Readonly<Record<string, number>>;
}

/** Every member that some answer has and some client looks at. */
interface Body {
  readonly account?: Account;
  readonly token?: string;
  readonly state?: string;
  readonly story?: {
    readonly id: string;
    readonly author: Account;
    readonly counts?: Readonly<Record<string, number>>;
  };
  readonly comment?: { readonly id: string };
  readonly code?: string;
  readonly items?: readonly {
    readonly id: string;
    readonly at: string;
    readonly author: Account;
    readonly story: { readonly id: string; readonly author: Account };
    readonly reason: { readonly type: string; readonly by: readonly Account[] };
  }[];
  readonly nextCursor?: string | null;
}

export interface Doors {
  readonly urls: readonly string[];
  /** One for each client; each decides for itself where to ask. */
  caller(random: Random): Caller;
  close(): void;
}

export interface DoorLimits {
  /** For one answer. */
  readonly answerMs: number;
  /** For an answer that decides, over all attempts. */
  readonly patienceMs: number;
}

export const doorLimitsDefault: DoorLimits = { answerMs: 2_000, patienceMs: 40_000 };

const attemptsMax = 100;
/** How often somebody goes to the other door without need, so that both are used all the time. */
const strollOneIn = 20;
/** Nobody goes back without need to a door that failed so lately. */
const wariness = 5_000;
const backoffMsMin = 25;
const backoffMsMax = 500;

export function openDoors(urls: readonly string[], limits = doorLimitsDefault): Doors {
  const agents = urls.map(() => new Agent({ keepAlive: true }));

  function createCaller(random: Random): Caller {
    let door = random.below(urls.length);
    const failedAtMs = urls.map(() => Number.NEGATIVE_INFINITY);

    function stroll(): void {
      const other = (door + 1) % urls.length;
      const isSound = performance.now() - (failedAtMs[other] ?? 0) > wariness;
      if (random.below(strollOneIn) === 0 && isSound) door = other;
    }

    async function ask(question: Question): Promise<Answered> {
      stroll();
      const begunAtMs = performance.now();
      const attempts: Attempt[] = [];
      for (;;) {
        const url = urls[door] ?? "";
        const { attempt, reply } = await exchange({
          url,
          door,
          agent: agents[door],
          question,
          answerMs: limits.answerMs,
        });
        attempts.push(attempt);
        const { endedAtMs } = attempt;
        if (isDecided(attempt)) return { begunAtMs, endedAtMs, attempts, reply };
        const isOver = endedAtMs - begunAtMs >= limits.patienceMs || attempts.length >= attemptsMax;
        if (isOver) return { begunAtMs, endedAtMs, attempts, reply: null };
        failedAtMs[door] = endedAtMs;
        door = (door + 1) % urls.length;
        if (attempts.length >= urls.length) {
          const backoffMs = Math.min(backoffMsMax, backoffMsMin * 2 ** (attempts.length - 2));
          await pause(backoffMs / 2 + random.below(backoffMs / 2));
        }
      }
    }
    return { ask };
  }

  return {
    urls,
    caller: createCaller,
    close() {
      for (const agent of agents) agent.destroy();
    },
  };
}

interface Exchange {
  readonly url: string;
  readonly door: number;
  readonly agent: Agent | undefined;
  readonly question: Question;
  readonly answerMs: number;
}

interface Exchanged {
  readonly attempt: Attempt;
  readonly reply: Reply | null;
}

function exchange({ url, door, agent, question, answerMs }: Exchange): Promise<Exchanged> {
  const { method, path, token, key, body, position } = question;
  const text = body === undefined ? null : JSON.stringify(body);
  const headers = {
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(key === undefined ? {} : { "idempotency-key": key }),
    ...(typeof position === "string" ? { "maru-position": position } : {}),
    ...(text === null
      ? {}
      : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
  };
  const begunAtMs = performance.now();
  return new Promise((resolve) => {
    let isTimedOut = false;
    const end = (answer: number | NoAnswer, reply: Reply | null): void => {
      clearTimeout(timer);
      const code = reply?.body.code ?? null;
      const endedAtMs = performance.now();
      resolve({ attempt: { door, begunAtMs, endedAtMs, answer, code }, reply });
    };
    const fail = (error: NodeJS.ErrnoException): void => {
      end(isTimedOut ? "timeout" : error.code === "ECONNREFUSED" ? "refused" : "cut", null);
    };
    const sent = request(new URL(path, url), { agent, method, headers });
    const timer = setTimeout(() => {
      isTimedOut = true;
      sent.destroy(new Error("no answer in time"));
    }, answerMs);
    sent.on("error", fail);
    sent.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => void chunks.push(chunk));
      response.on("error", fail);
      response.on("end", () => {
        const status = response.statusCode ?? 0;
        end(status, {
          status,
          headers: response.headers,
          body: bodyOf(Buffer.concat(chunks).toString()),
        });
      });
    });
    sent.end(text ?? undefined);
  });
}

/** A balancer's own page is no JSON. */
function bodyOf(text: string): Body {
  try {
    return text === "" ? {} : (JSON.parse(text) as Body);
  } catch {
    return {};
  }
}
