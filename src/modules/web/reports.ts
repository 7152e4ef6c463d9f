import type { Clock } from "../../ports/clock.ts";
import type { Labels, Logger, Metrics } from "../../ports/telemetry.ts";
import { pageOf } from "./pages.ts";

/** What pages tell of themselves: what went wrong in them, and how long people waited. */

export interface ClientError {
  readonly message: string;
  readonly stack?: string;
  /** The path of the page; only which page it is goes on from here. */
  readonly page: string;
  readonly build: string;
  readonly kind?: string;
}

export interface PageTimings {
  readonly page: string;
  readonly dnsMs?: number;
  readonly connectMs?: number;
  readonly tlsMs?: number;
  readonly firstByteMs?: number;
  readonly downloadMs?: number;
  readonly readyMs?: number;
  readonly lcpMs?: number;
  readonly inpMs?: number;
  /** Cumulative layout shift, which has no unit. */
  readonly cls?: number;
}

export interface Reports {
  /** A line of the log, unless there were too many just now. */
  error(requestId: string, report: ClientError): void;
  timings(report: PageTimings): void;
}

export interface ReportsDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Lines of a node's log; 10 a second where it is not given. */
  readonly errorsPerSecondMax?: number;
}

const errorsPerSecondDefault = 10;
const msPerSecond = 1_000;
const secondsBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 2.5, 4, 8, 20];
const shiftBuckets = [0.001, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1];

export function createReports(deps: ReportsDeps): Reports {
  const { clock, logger, metrics } = deps;
  const errorsPerSecondMax = deps.errorsPerSecondMax ?? errorsPerSecondDefault;
  const errors = metrics.counter(
    "maru_web_client_errors_total",
    "Errors that pages reported, by whether they are in the log or were too many.",
    ["outcome"],
  );
  const observers = createObservers(metrics);
  let second = Number.NaN;
  let logged = 0;

  return {
    error(requestId, { message, stack, page, build, kind = "error" }) {
      const now = Math.floor(clock.monotonicMs() / msPerSecond);
      logged = now === second ? logged + 1 : 1;
      second = now;
      const isLogged = logged <= errorsPerSecondMax;
      errors.add(1, { outcome: isLogged ? "logged" : "dropped" });
      if (isLogged) {
        const client = { kind, message, stack, build, page: pageOf(page).path };
        logger.warn({ requestId, client }, "a page reported an error");
      }
    },
    timings(report) {
      const labels = { page: pageOf(report.page).kind };
      for (const observe of observers) {
        observe(report, labels);
      }
    },
  };
}

type Observer = (report: PageTimings, labels: Labels) => void;
type Field = Exclude<keyof PageTimings, "page">;

function createObservers(metrics: Metrics): readonly Observer[] {
  const observer = (field: Field, name: string, help: string): Observer => {
    const isTime = field !== "cls";
    const histogram = metrics.histogram(name, help, isTime ? secondsBuckets : shiftBuckets, [
      "page",
    ]);
    return (report, labels) => {
      const value = report[field];
      if (value !== undefined) {
        histogram.observe(isTime ? value / msPerSecond : value, labels);
      }
    };
  };
  return [
    observer("dnsMs", "maru_web_dns_seconds", "Finding the address of the site."),
    observer("connectMs", "maru_web_connect_seconds", "Connecting, TLS included."),
    observer("tlsMs", "maru_web_tls_seconds", "Of connecting, what TLS took."),
    observer(
      "firstByteMs",
      "maru_web_first_byte_seconds",
      "From the request of the page to its first byte.",
    ),
    observer("downloadMs", "maru_web_download_seconds", "From its first byte to its last."),
    observer(
      "readyMs",
      "maru_web_ready_seconds",
      "Until the page shows what it is about and can be used.",
    ),
    observer(
      "lcpMs",
      "maru_web_largest_paint_seconds",
      "Until the largest part of the page is painted.",
    ),
    observer(
      "inpMs",
      "maru_web_interaction_seconds",
      "From an interaction to the next paint, nearly the slowest of a page.",
    ),
    observer("cls", "maru_web_layout_shift", "How much the layout moved by itself."),
  ];
}
