import { MaruProblem } from "../../sdk/problem.ts";
import { addressOf } from "../data/address.ts";
import { ownBuild } from "./build.ts";
import { framesOf, pagePath, withoutTexts } from "./report-words.ts";

/** Errors of the page, told to the server, whose log the operator reads. */
export interface Reporter {
  report(kind: ErrorKind, error: unknown): void;
}

export type ErrorKind = "error" | "rejection" | "render" | "csp";

export interface ClientErrorReport {
  readonly message: string;
  readonly stack?: string;
  readonly page: string;
  readonly build: string;
  readonly kind: ErrorKind;
}

interface ReporterDeps {
  readonly send: (report: ClientErrorReport) => void;
  readonly build: string;
  readonly path: () => string;
  readonly nowMs: () => number;
}

/** A page that breaks again and again tells the first times. */
const reportsPerMinuteMax = 10;
const minuteMs = 60_000;
const knownMax = 100;

export function createReporter({ send, build, path, nowMs }: ReporterDeps): Reporter {
  const known = new Set<string>();
  let minuteBegan = Number.NEGATIVE_INFINITY;
  let sent = 0;

  function mayReport(sign: string): boolean {
    if (nowMs() - minuteBegan >= minuteMs) {
      minuteBegan = nowMs();
      sent = 0;
    }
    if (known.has(sign) || known.size >= knownMax || sent >= reportsPerMinuteMax) {
      return false;
    }
    known.add(sign);
    sent += 1;
    return true;
  }

  return {
    report(kind, error) {
      if (isHandled(error)) {
        return;
      }
      const { message, frames } = wordsOf(error);
      if (mayReport([kind, message, frames[0]].join("\n"))) {
        const stack = frames.length === 0 ? {} : { stack: frames.join("\n") };
        send({ message, ...stack, page: pagePath(path()), build, kind });
      }
    },
  };
}

function wordsOf(error: unknown): { readonly message: string; readonly frames: readonly string[] } {
  if (error instanceof MaruProblem) {
    return { message: `refused: ${error.code}`, frames: framesOf(error.stack) };
  }
  if (error instanceof Error) {
    return {
      message: withoutTexts(`${error.name}: ${error.message}`),
      frames: framesOf(error.stack),
    };
  }
  return { message: withoutTexts(typeof error === "string" ? error : typeof error), frames: [] };
}

const networkFailed = /^(Failed to fetch|NetworkError when|Load failed|network error)/i;
/** Said where a resize leads to another, which comes with the next frame: nothing is wrong. */
const harmless = /^ResizeObserver loop|^Script error\.?$/;
const serverErrorMin = 500;
const tooMany = 429;

/** The network failed, the server said itself what is wrong, or the page gave up on purpose. */
function isHandled(error: unknown): boolean {
  if (error instanceof MaruProblem) {
    return error.status >= serverErrorMin || error.status === tooMany;
  }
  if (error instanceof Error) {
    const isOfExtension = framesOf(error.stack)[0]?.endsWith("-extension:") === true;
    const isNetwork = error instanceof TypeError && networkFailed.test(error.message);
    return (
      error.name === "AbortError" || isNetwork || isOfExtension || harmless.test(error.message)
    );
  }
  return typeof error === "string" && harmless.test(error);
}

function sendBeacon(report: ClientErrorReport): void {
  const body = new Blob([JSON.stringify(report)], { type: "application/json" });
  navigator.sendBeacon("/v1/client-errors", body);
}

let reporter: Reporter | null = null;

/** An error that something of ours has caught. */
export function reportError(kind: ErrorKind, error: unknown): void {
  reporter?.report(kind, error);
}

/** From now on, what nobody catches is reported. A page that was not built reports nothing. */
export function reportErrors(): void {
  const build = ownBuild();
  if (build === null) {
    return;
  }
  reporter = createReporter({
    send: sendBeacon,
    build,
    path: () => location.pathname,
    nowMs: () => performance.now(),
  });
  globalThis.addEventListener("error", (event) => {
    reportError("error", (event.error as unknown) ?? event.message);
  });
  globalThis.addEventListener("unhandledrejection", (event) => {
    reportError("rejection", event.reason);
  });
  document.addEventListener("securitypolicyviolation", (event) => {
    if (!/-extension/.test(`${event.blockedURI} ${event.sourceFile}`)) {
      reportError("csp", violationOf(event));
    }
  });
}

/** Which rule was broken, by what kind of thing, from where in the client. */
function violationOf({ effectiveDirective, blockedURI, sourceFile }: SecurityPolicyViolationEvent) {
  const file = addressOf(sourceFile)?.pathname ?? "-";
  const isOwnFile = file.startsWith("/assets/") || file === "/sw.js";
  const blocked = blockedURI.includes(":") ? `${blockedURI.split(":", 1)[0] ?? ""}:` : blockedURI;
  return `${effectiveDirective} refused ${blocked} from ${isOwnFile ? file : "-"}`;
}
