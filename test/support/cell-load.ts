import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

/** A few people who read and publish at a steady pace through every balancer, and what came of each request. */
export interface CellLoad {
  /** Ends it, and gives what was counted. */
  stop(): Promise<LoadResult>;
}

export interface LoadResult {
  readonly requests: number;
  /** A sentence for each request that was not answered as it should. */
  readonly failures: readonly string[];
  readonly slowestMs: number;
  readonly published: readonly string[];
}

export interface CellPerson {
  readonly id: string;
  readonly token: string;
}

export interface Reply {
  readonly status: number;
  readonly body: string;
}

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly token?: string;
  readonly key?: string;
  readonly body?: object;
  readonly agent?: Agent;
}

const requestTimeoutMs = 20_000;

export function send(url: string, sent: Sent): Promise<Reply> {
  const text = sent.body === undefined ? undefined : JSON.stringify(sent.body);
  const headers = {
    ...(sent.token === undefined ? {} : { authorization: `Bearer ${sent.token}` }),
    ...(sent.key === undefined ? {} : { "idempotency-key": sent.key }),
    ...(text === undefined
      ? {}
      : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
  };
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(requestTimeoutMs);
    const { method, agent } = sent;
    const outgoing = request(
      `${url}${sent.path}`,
      { method, headers, agent, signal },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (body += chunk));
        response.on("error", reject);
        response.on("end", () => {
          resolve({ status: response.statusCode ?? 0, body });
        });
      },
    );
    outgoing.on("error", reject);
    outgoing.end(text);
  });
}

export async function signUp(url: string, handle: string): Promise<CellPerson> {
  const body = { handle, name: handle, password: `the password of ${handle}` };
  const reply = await send(url, { method: "POST", path: "/v1/accounts", body, key: handle });
  if (reply.status !== 201)
    throw new Error(`signing up was answered ${reply.status}: ${reply.body}`);
  const { account, token } = JSON.parse(reply.body) as {
    account: { id: string };
    token: string;
  };
  return { id: account.id, token };
}

/** Every `everyMs` one request, a read and a publish in turn, at each balancer in turn, whatever became of those before. */
export function startLoad(urls: readonly string[], person: CellPerson, everyMs: number): CellLoad {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const failures: string[] = [];
  const published: string[] = [];
  const underWay = new Set<Promise<void>>();
  let requests = 0;
  let slowestMs = 0;
  const ending = new AbortController();

  async function one(turn: number): Promise<void> {
    const url = urls[Math.floor(turn / 2) % urls.length] ?? "";
    const key = `load-${turn}`;
    const isRead = turn % 2 === 0;
    const what = isRead ? "GET" : "POST";
    const startedAt = performance.now();
    try {
      const reply = isRead
        ? await send(url, { method: "GET", path: "/v1/feed", token: person.token, agent })
        : await send(url, {
            method: "POST",
            path: "/v1/stories",
            token: person.token,
            agent,
            key,
            body: { text: `Story ${key}` },
          });
      if (reply.status !== (isRead ? 200 : 201)) {
        failures.push(`${what} ${url} was answered ${reply.status}: ${reply.body}`);
      } else if (!isRead) {
        published.push((JSON.parse(reply.body) as { story: { id: string } }).story.id);
      }
    } catch (error) {
      failures.push(`${what} ${url} failed: ${String(error)}`);
    }
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
  }

  const running = (async () => {
    while (!ending.signal.aborted) {
      const going: Promise<void> = one(requests).finally(() => underWay.delete(going));
      underWay.add(going);
      requests += 1;
      await delay(everyMs);
    }
  })();

  return {
    async stop() {
      ending.abort();
      await running;
      await Promise.all(underWay);
      agent.destroy();
      return { requests, failures, slowestMs, published };
    },
  };
}
