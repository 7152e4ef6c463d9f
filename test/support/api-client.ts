import { Agent, request } from "node:http";
import type { MediaJson } from "../../src/modules/media/contract.ts";
import { readReference, type Reference } from "./api-reference.ts";
import { untilServed } from "./until-served.ts";

/**
 * The API as its clients see it: over HTTP, and nothing else. Every answer is held against the
 * published reference, so each test of the API also tests that the reference is true.
 */
export interface Api {
  readonly url: string;
  readonly reference: Reference;
  send(method: string, target: string, options?: SendOptions): Promise<Reply>;
  signUp(handle: string, more?: Readonly<Record<string, unknown>>): Promise<Person>;
  /** Signs several people up, in the order of their handles. */
  people<const Handles extends readonly string[]>(
    ...handles: Handles
  ): Promise<{ readonly [At in keyof Handles]: Person }>;
  /** Who has this token, as another of their devices would act. */
  withToken(person: Person, token: string): Person;
  close(): void;
}

export interface SendOptions {
  readonly token?: string;
  /** Sent as JSON; text and bytes are sent as they are. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

export interface Reply {
  readonly status: number;
  /** By their names in lower case; those that stand more than once, joined. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  /** The text read as JSON, or nothing of all that where there is none. */
  readonly body: Body;
}

/** Every member that some answer has; which ones a route gives, the reference's judge tells. */
export interface Body {
  readonly account: OwnAccount;
  readonly relationship: Readonly<Record<string, string | boolean>>;
  readonly token: string;
  readonly state: string;
  readonly story: Story;
  readonly comment: Comment;
  readonly media: MediaJson;
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
  readonly code: string;
  readonly title: string;
  readonly errors: readonly { readonly path: string; readonly message: string }[];
}

interface Account {
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  readonly bio: string;
  readonly avatarUrl: string | null;
  readonly createdAt: string;
}

interface OwnAccount extends Account {
  readonly counts: {
    readonly stories: number;
    readonly friends: number;
    readonly followers: number;
    readonly following: number;
  };
  readonly locale: string;
  readonly timeZone: string;
  readonly privacy: string;
}

export interface Story {
  readonly id: string;
  readonly author: Account;
  readonly text: string;
  readonly lang: string;
  readonly media: readonly MediaJson[];
  readonly link: { readonly url: string; readonly title: string | null } | null;
  readonly visibility: string;
  readonly createdAt: string;
  readonly editedAt: string | null;
  readonly counts: { readonly likes: number; readonly comments: number; readonly reshares: number };
  readonly viewer: { readonly liked: boolean; readonly reshared: boolean };
}

interface Comment {
  readonly id: string;
  readonly storyId: string;
  readonly parentId: string | null;
  readonly author: Account;
  readonly text: string;
  readonly createdAt: string;
}

/** An entry of any list. */
export interface Item extends Account, Omit<Story, keyof Account>, Omit<Comment, keyof Account> {
  readonly at: string;
  readonly story: Story;
  readonly reason: {
    readonly type: string;
    readonly by: readonly Account[];
    readonly byCount: number;
  };
  readonly current: boolean;
  readonly userAgent: string;
}

/** Somebody with an account, signed in on one device. */
export interface Person {
  readonly id: string;
  readonly handle: string;
  readonly password: string;
  readonly token: string;
  send(method: string, target: string, options?: Omit<SendOptions, "token">): Promise<Reply>;
  get(target: string, headers?: SendOptions["headers"]): Promise<Reply>;
  put(target: string, body?: unknown): Promise<Reply>;
  post(target: string, body?: unknown, headers?: SendOptions["headers"]): Promise<Reply>;
  patch(target: string, body: unknown): Promise<Reply>;
  delete(target: string, body?: unknown): Promise<Reply>;
  publish(text: string, more?: Readonly<Record<string, unknown>>): Promise<Story>;
  comment(storyId: string, text: string, parentId?: string): Promise<Comment>;
  befriend(other: Person): Promise<void>;
  /** The whole list, page after page. */
  walk(target: string, limit?: number): Promise<readonly Item[]>;
}

export const usualPassword = "correct horse battery";
const pagesMax = 2_000;
const noBody = {} as Body;

/** Waits no longer than this for an answer, so that a test that hangs says where. */
const answerTimeoutMs = 30_000;

function isRefusedByOneOfMany({ status, text }: Reply, urls: readonly string[]): boolean {
  return urls.length > 1 && status === 503 && text.includes('"request.unavailable"');
}

/**
 * `others`: more nodes on the same record. Each request goes to the next of them, and each read says
 * what was written last, as a client does that knows of no node.
 */
export async function connectApi(url: string, others: readonly string[] = []): Promise<Api> {
  const agent = new Agent({ keepAlive: true });
  const urls = [url, ...others];
  let turn = 0;
  let position: string | undefined;
  const published = await exchange(agent, url, "GET", "/openapi.json", {});
  const reference = readReference(published.text);

  async function send(method: string, target: string, options: SendOptions = {}): Promise<Reply> {
    const isRead = method === "GET" || method === "HEAD";
    const seen = isRead && others.length > 0 ? position : undefined;
    const headers =
      seen === undefined ? options.headers : { "maru-position": seen, ...options.headers };
    const asked = { ...options, ...(headers === undefined ? {} : { headers }) };
    const ask = (): Promise<Reply> =>
      exchange(agent, urls[(turn += 1) % urls.length] ?? url, method, target, asked);
    const reply = await untilServed(ask, (one) => isRefusedByOneOfMany(one, urls));
    position = isRead ? position : (reply.headers["maru-position"] ?? position);
    reference.judge(method, target, reply);
    return reply;
  }

  function personOf(known: Pick<Person, "id" | "handle" | "password" | "token">): Person {
    const as: Person["send"] = (method, target, options = {}) =>
      send(method, target, { ...options, token: known.token });
    const person: Person = {
      ...known,
      send: as,
      get: (target, headers = {}) => as("GET", target, { headers }),
      put: (target, body) => as("PUT", target, { body }),
      post: (target, body, headers = {}) => as("POST", target, { body, headers }),
      patch: (target, body) => as("PATCH", target, { body }),
      delete: (target, body) => as("DELETE", target, { body }),
      async publish(text, more = {}) {
        const reply = await person.post("/v1/stories", { text, ...more });
        return expectStatus(reply, 201).body.story;
      },
      async comment(storyId, text, parentId) {
        const body = parentId === undefined ? { text } : { text, parentId };
        const reply = await person.post(`/v1/stories/${storyId}/comments`, body);
        return expectStatus(reply, 201).body.comment;
      },
      async befriend(other) {
        expectStatus(await person.put(`/v1/friends/${other.id}`), 200);
        expectStatus(await other.put(`/v1/friends/${person.id}`), 200);
      },
      async walk(target, limit = 100) {
        const items: Item[] = [];
        const joint = target.includes("?") ? "&" : "?";
        let cursor: string | null = "";
        for (let pages = 0; cursor !== null; pages += 1) {
          if (pages === pagesMax) {
            throw new Error(`${target} does not end`);
          }
          const after: string = cursor === "" ? "" : `&cursor=${cursor}`;
          const reply = await person.get(`${target}${joint}limit=${String(limit)}${after}`);
          items.push(...expectStatus(reply, 200).body.items);
          cursor = reply.body.nextCursor;
        }
        return items;
      },
    };
    return person;
  }

  const api: Api = {
    url,
    reference,
    send,
    async signUp(handle, more = {}) {
      const body = { handle, name: handle, password: usualPassword, ...more };
      const reply = expectStatus(await send("POST", "/v1/accounts", { body }), 201);
      const { account, token } = reply.body;
      return personOf({ id: account.id, handle: account.handle, password: body.password, token });
    },
    async people(...handles) {
      const people: Person[] = [];
      for (const handle of handles) {
        people.push(await api.signUp(handle));
      }
      return people as { readonly [At in keyof typeof handles]: Person };
    },
    withToken: ({ id, handle, password }, token) => personOf({ id, handle, password, token }),
    close() {
      agent.destroy();
    },
  };
  return api;
}

/** The reply, if it has this status; otherwise a failure that shows what it said. */
export function expectStatus(reply: Reply, status: number): Reply {
  if (reply.status !== status) {
    throw new Error(`expected ${status}, got ${reply.status} ${reply.text.slice(0, 500)}`);
  }
  return reply;
}

function exchange(
  agent: Agent,
  url: string,
  method: string,
  target: string,
  { token, body, headers = {} }: SendOptions,
): Promise<Reply> {
  const bytes =
    body === undefined
      ? undefined
      : typeof body === "string" || body instanceof Uint8Array
        ? Buffer.from(body)
        : Buffer.from(JSON.stringify(body));
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = request({
      agent,
      hostname,
      port,
      method,
      path: target,
      timeout: answerTimeoutMs,
      headers: {
        ...(bytes === undefined
          ? {}
          : { "content-type": "application/json", "content-length": bytes.length }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
    });
    sent.on("timeout", () => {
      sent.destroy(new Error(`no answer to ${method} ${target}`));
    });
    sent.on("error", reject);
    sent.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        const isJson = (response.headers["content-type"] ?? "").includes("json");
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(
            Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
          ),
          text,
          body: isJson && text !== "" ? (JSON.parse(text) as Body) : noBody,
        });
      });
    });
    sent.end(bytes);
  });
}
