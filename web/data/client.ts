import { createMaruClient } from "../../sdk/client.ts";
import { MaruProblem } from "../../sdk/problem.ts";
import type { components } from "../../sdk/schema.d.ts";

type Schemas = components["schemas"];
export type Account = Schemas["Account"];
export type Person = Schemas["AccountSummary"];
export type OwnAccount = Schemas["OwnAccount"];
export type Relationship = Schemas["Relationship"];
export type Story = Schemas["Story"];
export type Media = Schemas["Media"];
export type Comment = Schemas["Comment"];
export type FeedItem = Schemas["FeedItem"];
export type Visibility = Story["visibility"];
export type Privacy = Schemas["Privacy"];

/** The server that this page came from; who asks is in a cookie that no script can read. */
export const maru = createMaruClient({
  baseUrl: location.origin,
  rememberPosition: true,
  // A person waits: what a few quick attempts do not bring is said, and tried again by the page.
  retry: { attemptsMax: 3, backoffMsMax: 2_000, retryAfterMsMax: 2_000 },
});
export const { api } = maru;

export function isProblem(error: unknown, code?: string): error is MaruProblem {
  return error instanceof MaruProblem && (code === undefined || error.code === code);
}

const clientErrorMin = 400;
const serverErrorMin = 500;
const timeOut = 408;
const tooEarly = 425;
const tooMany = 429;
const unauthenticated = 401;

/** There were too many wrong passwords, and for some minutes no other is listened to. */
export const isTooManyAttempts = (error: unknown): boolean =>
  isProblem(error, "accounts.too_many_attempts");

/** The server understood and said no: asking again soon would not help. */
export function isRefusal(error: unknown): error is MaruProblem {
  if (!isProblem(error)) {
    return false;
  }
  const { status } = error;
  const isPassing =
    status === timeOut || status === tooEarly || (status === tooMany && !isTooManyAttempts(error));
  return status >= clientErrorMin && status < serverErrorMin && !isPassing;
}

/** Whoever asked is signed in no more. */
export function isSignedOut(error: unknown): boolean {
  return isProblem(error) && error.status === unauthenticated;
}
