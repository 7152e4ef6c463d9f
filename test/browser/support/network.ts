import type { Page, Request, Response, Route } from "playwright-core";
import { expect } from "vitest";
import { metricOf } from "../../support/metric.ts";
import type { Random } from "../../support/random.ts";

/** What goes between a page and its server: waited for, counted, and spoiled. */

/** Of the API, such as `POST /v1/stories`; a star stands for one part of the path. */
export type Call = `${"GET" | "POST" | "PUT" | "PATCH" | "DELETE"} /v1/${string}`;

export function isCall(request: Request, call: Call): boolean {
  const [method = "", path = ""] = call.split(" ");
  const pattern = new RegExp(`^${path.replaceAll("*", "[^/]+")}$`);
  return request.method() === method && pattern.test(new URL(request.url()).pathname);
}

/** Does something on the page, and gives the server's answer to the call that it makes. */
export async function answerTo(
  page: Page,
  call: Call,
  act: () => Promise<unknown>,
): Promise<Response> {
  const answered = page.waitForResponse((response) => isCall(response.request(), call));
  await Promise.all([answered, act()]);
  const response = await answered;
  expect(response.status(), call).toBeLessThan(400);
  return response;
}

/** What a spoiled call gets, in turn; what comes afterwards goes through. */
export type Fate =
  | { readonly status: number; readonly retryAfterS?: number }
  /** It never comes to the server. */
  | "lost"
  /** The server carries it out, and its answer is lost. */
  | "unanswered"
  /** The server carries it out, and nothing comes back, not even that the connection ended. */
  | "held";

export interface Spoiled {
  /** When each of the calls was made, by the clock of this process. */
  readonly madeAtMs: readonly number[];
  end(): Promise<void>;
}

/** Gives calls their fates. */
export async function spoil(page: Page, call: Call, fates: readonly Fate[]): Promise<Spoiled> {
  const left = [...fates];
  const madeAtMs: number[] = [];
  const handle = async (route: Route): Promise<void> => {
    if (!isCall(route.request(), call)) {
      await route.fallback();
      return;
    }
    madeAtMs.push(performance.now());
    const fate = left.shift();
    if (fate === undefined) {
      await route.fallback();
    } else if (fate === "lost") {
      await route.abort("connectionreset");
    } else if (fate === "unanswered") {
      await route.fetch();
      await route.abort("connectionreset");
    } else if (fate === "held") {
      await route.fetch();
    } else {
      await route.fulfill(refusalOf(fate.status, fate.retryAfterS));
    }
  };
  await page.route("**/v1/**", handle);
  return { madeAtMs, end: () => page.unroute("**/v1/**", handle) };
}

/** Refuses so many of a hundred calls, as a server does that is asked for more than it can do. */
export async function refuse(page: Page, percent: number, random: Random): Promise<Spoiled> {
  const madeAtMs: number[] = [];
  const handle = async (route: Route): Promise<void> => {
    madeAtMs.push(performance.now());
    await (random.below(100) < percent
      ? route.fulfill(refusalOf(503, 1 + random.below(4)))
      : route.fallback());
  };
  await page.route("**/v1/**", handle);
  return { madeAtMs, end: () => page.unroute("**/v1/**", handle) };
}

function refusalOf(status: number, retryAfterS: number | undefined) {
  return {
    status,
    contentType: "application/problem+json",
    headers: retryAfterS === undefined ? {} : { "retry-after": String(retryAfterS) },
    body: JSON.stringify({
      type: "about:blank",
      title: "Spoiled",
      status,
      detail: "Spoiled",
      code: "test.spoiled",
    }),
  };
}

/** Live connections that the server has. */
export function streamsOf(node: { readonly adminUrl: string }): Promise<number> {
  return metricOf(node, "maru_http_main_streams");
}
