/** A client of the public API, over real connections. */
export interface Call {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly token?: string;
  /** `Idempotency-Key`. */
  readonly key?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Reply<Body = unknown> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Body;
}

/** Longer than any deadline of the server: whoever waits so long has met a server that hangs. */
const hangMs = 20_000;

/** Rejects when there is no whole answer: nobody listens, the connection breaks, the server hangs. */
export async function send<Body = unknown>(url: string, call: Call): Promise<Reply<Body>> {
  const headers: Record<string, string> = { ...call.headers };
  if (call.token !== undefined) headers["authorization"] = `Bearer ${call.token}`;
  if (call.key !== undefined) headers["idempotency-key"] = call.key;
  if (call.body !== undefined) headers["content-type"] = "application/json";
  const response = await fetch(url + call.path, {
    method: call.method,
    headers,
    signal: AbortSignal.timeout(hangMs),
    ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text === "" ? null : JSON.parse(text)) as Body,
  };
}

export interface Person {
  readonly id: string;
  readonly handle: string;
  readonly token: string;
  readonly password: string;
}

export interface SignedUp {
  readonly account: { readonly id: string };
  readonly token: string;
}

export const password = "correct horse battery";

export async function signUp(url: string, handle: string): Promise<Person> {
  const call: Call = {
    method: "POST",
    path: "/v1/accounts",
    body: { handle, name: handle, password },
  };
  const { status, body } = await send<SignedUp>(url, call);
  if (status !== 201) throw new Error(`${handle} could not sign up: ${status}`);
  return { id: body.account.id, handle, token: body.token, password };
}

export interface FeedItem {
  readonly id: string;
  readonly at: string;
  readonly story: { readonly id: string; readonly text: string };
  readonly reason: {
    readonly type: "author" | "reshare";
    readonly by: readonly { readonly id: string }[];
    readonly byCount: number;
  };
}

interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}

/** The whole scroll-back of a list. */
export async function readAll<Item = FeedItem>(
  url: string,
  path: string,
  token: string,
): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | null = ""; cursor !== null;) {
    const query: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page: Reply<Page<Item>> = await send(url, {
      method: "GET",
      path: `${path}?limit=100${query}`,
      token,
    });
    if (page.status !== 200) throw new Error(`${path} answered ${page.status}`);
    items.push(...page.body.items);
    cursor = page.body.nextCursor;
  }
  return items;
}
