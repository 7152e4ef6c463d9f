import type { AnswerUnmatched } from "../../ports/routes.ts";

/** What the web client asks of its server beside the API, as the composition root sees it. */
export interface Web {
  /** A page that says that there is nothing, for browsers that ask for one. */
  readonly answerUnmatched: AnswerUnmatched;
}

/** Somebody of a sample community whom a visitor may sign in as. */
export interface DemoAccount {
  readonly handle: string;
  readonly name: string;
  readonly locale: "ko" | "ja" | "en";
  /** Known to everybody: a sample community has nothing to protect. */
  readonly password: string;
}

/** What the page shows of a sample community, at `GET /client.json`. */
export interface Demo {
  readonly accounts: readonly DemoAccount[];
}
