/** The public API as the members of the sample community use it: over HTTP, with a token each, like anyone. */

export interface MemberApi {
  get<Body>(handle: string, path: string): Promise<Body>;
  post<Body>(handle: string, path: string, body: object): Promise<Body>;
  patch(handle: string, path: string, body: object): Promise<void>;
  put(handle: string, path: string): Promise<void>;
  delete(handle: string, path: string): Promise<void>;
  /** Signs everybody out who came in this way. */
  close(): Promise<void>;
}

/** The server said no: the story is gone, somebody is blocked, a list is full. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const answerTimeoutMs = 10_000;
const unauthorized = 401;

export function createMemberApi(deps: {
  /** Where this server answers, without a slash at the end. */
  readonly url: string;
  /** A new token; null for who is not there. */
  readonly mintToken: (handle: string) => Promise<string | null>;
}): MemberApi {
  const tokens = new Map<string, string>();

  async function tokenOf(handle: string): Promise<string> {
    const known = tokens.get(handle);
    if (known !== undefined) {
      return known;
    }
    const token = await deps.mintToken(handle);
    if (token === null) {
      throw new Refused(unauthorized, `${handle} is not there`);
    }
    tokens.set(handle, token);
    return token;
  }

  async function ask(handle: string, method: string, path: string, body?: object) {
    const response = await fetch(deps.url + path, {
      method,
      headers: {
        authorization: `Bearer ${await tokenOf(handle)}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(answerTimeoutMs),
    });
    const text = await response.text();
    if (response.status === unauthorized) {
      tokens.delete(handle);
    }
    if (!response.ok) {
      throw new Refused(response.status, `${method} ${path}: ${text}`);
    }
    return text === "" ? null : (JSON.parse(text) as unknown);
  }

  return {
    get: async <Body>(handle: string, path: string) => (await ask(handle, "GET", path)) as Body,
    post: async <Body>(handle: string, path: string, body: object) =>
      (await ask(handle, "POST", path, body)) as Body,
    async patch(handle, path, body) {
      await ask(handle, "PATCH", path, body);
    },
    async put(handle, path) {
      await ask(handle, "PUT", path);
    },
    async delete(handle, path) {
      await ask(handle, "DELETE", path);
    },
    async close() {
      await Promise.allSettled(
        [...tokens.keys()].map((handle) => ask(handle, "DELETE", "/v1/sessions/current")),
      );
      tokens.clear();
    },
  };
}
