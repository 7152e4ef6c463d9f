import type { BrowserContext, ConsoleMessage, Request, Response } from "playwright-core";
import { expect } from "vitest";

/** What went wrong in the pages of a device, as somebody with the browser's tools open sees it. */
export interface Problems {
  seen(): readonly string[];
  /** What there was and what comes is none. */
  forgive(): void;
  /** From now on these are none; for what a test breaks on purpose. */
  expect(...patterns: readonly RegExp[]): void;
  /** Fails, and tells what there was. */
  expectNone(): void;
}

/** Said of every answer of 400 and more; the answers themselves are looked at instead. */
const saidOfAnswers = /^Failed to load resource/;
/** A request that a page gave up, such as when it was left. */
const givenUp = /ERR_ABORTED/;
const refusedMin = 400;
const brokenMin = 500;

export function watchProblems(
  context: BrowserContext,
  url: string,
  expected: readonly RegExp[],
): Problems {
  const seen: string[] = [];
  const patterns = [...expected];
  const note = (problem: string): void => {
    if (!patterns.some((pattern) => pattern.test(problem))) {
      seen.push(problem);
    }
  };

  context.on("weberror", (error) => {
    const { stack, message } = error.error();
    note(`error: ${stack ?? message}`);
  });
  // A breach of the content security policy is told here, too.
  context.on("console", (message) => {
    noteMessage(message, note);
  });
  context.on("response", (response) => {
    noteAnswer(response, url, note);
  });
  context.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText ?? "";
    if (!givenUp.test(reason)) {
      note(`request: ${request.method()} ${request.url()}: ${reason}`);
    }
  });
  context.on("request", (request) => {
    noteStranger(request, url, note);
  });
  context.on("page", (page) => {
    page.on("crash", () => {
      note(`crash: ${page.url()}`);
    });
  });

  return {
    seen: () => [...seen],
    forgive() {
      seen.length = 0;
      patterns.push(/(?:)/);
    },
    expect: (...more) => patterns.push(...more),
    expectNone() {
      expect(seen).toEqual([]);
    },
  };
}

function noteMessage(message: ConsoleMessage, note: (problem: string) => void): void {
  if (message.type() === "error" && !saidOfAnswers.test(message.text())) {
    note(`console: ${message.text()}`);
  }
}

/** The API may refuse, and a page may be asked for that is not there; everything else must be there. */
function noteAnswer(response: Response, url: string, note: (problem: string) => void): void {
  const status = response.status();
  const request = response.request();
  const mayRefuse = response.url().startsWith(`${url}/v1/`) || request.isNavigationRequest();
  if (status >= (mayRefuse ? brokenMin : refusedMin)) {
    note(`answer: ${request.method()} ${response.url()}: ${String(status)}`);
  }
}

/** The page talks to its own server alone. */
function noteStranger(request: Request, url: string, note: (problem: string) => void): void {
  const { protocol, origin } = new URL(request.url());
  const isWeb = protocol === "http:" || protocol === "https:";
  if (isWeb && origin !== new URL(url).origin) {
    note(`stranger: ${request.url()}`);
  }
}
