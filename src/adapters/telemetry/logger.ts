import { destination as openDestination, pino, stdSerializers } from "pino";
import type { Clock } from "../../ports/clock.ts";
import type { AccessLog, LogControl, Logger, LogLevel } from "../../ports/telemetry.ts";
import { createAccessLog } from "./access-log.ts";
import { redactedPaths, redactedText } from "./secrets.ts";

/** Where lines go: standard output, or a list of lines in a test. */
export interface LogDestination {
  write(line: string): void;
  /** Hands on what is still buffered, before the process ends. */
  flush(): void;
}

export interface RootLogger extends Logger, LogControl {
  /** A logger whose lines all carry these fields, such as the module's name. */
  child(fields: object): Logger;
  readonly accessLog: AccessLog;
  /** Writes lines that another thread has made. */
  pass(lines: string): void;
  flush(): void;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly clock: Clock;
  /** In every line, such as the process id and the version. */
  readonly fields?: object;
  readonly destination?: LogDestination;
}

const severity: Readonly<Record<LogLevel, number>> = { debug: 20, info: 30, warn: 40, error: 50 };

/** JSON lines by pino. Lines are buffered for a moment, because a system call for each is dear. */
export function createLogger(options: LoggerOptions): RootLogger {
  const destination = options.destination ?? standardOutput();
  const time = createTimeField(options.clock);
  const root = pino(
    {
      // The threshold below decides, so that a change of level reaches every child at once.
      level: "debug",
      base: options.fields ?? {},
      timestamp: time,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: stdSerializers.err, err: stdSerializers.err },
      redact: { paths: [...redactedPaths], censor: redactedText },
    },
    destination,
  );
  let threshold = severity[options.level];
  let level = options.level;

  function wrap(target: pino.Logger): Logger {
    return {
      debug(fields, message) {
        if (threshold <= severity.debug) target.debug(fields, message);
      },
      info(fields, message) {
        if (threshold <= severity.info) target.info(fields, message);
      },
      warn(fields, message) {
        if (threshold <= severity.warn) target.warn(fields, message);
      },
      error(fields, message) {
        target.error(fields, message);
      },
    };
  }

  return {
    ...wrap(root),
    child: (fields) => wrap(root.child(fields)),
    accessLog: createAccessLog({
      enabled: () => threshold <= severity.info,
      time,
      fields: options.fields ?? {},
      write: (line) => {
        destination.write(line);
      },
    }),
    level: () => level,
    setLevel(next) {
      level = next;
      threshold = severity[next];
    },
    pass: (lines) => {
      destination.write(lines);
    },
    flush: () => {
      destination.flush();
    },
  };
}

/** Each write wakes a thread; what is less waits for `flushEveryMs`. */
const bufferedBytesMin = 32 * 1024;
const writtenBytesMax = 64 * 1024;
const flushEveryMs = 100;
const standardOutputFd = 1;

function standardOutput(): LogDestination {
  const stream = openDestination({
    dest: standardOutputFd,
    sync: false,
    minLength: bufferedBytesMin,
    maxWrite: writtenBytesMax,
    periodicFlush: flushEveryMs,
  });
  // A reader that goes away (a closed pipe) must not end the node.
  stream.on("error", () => undefined);
  return {
    write: (line) => {
      stream.write(line);
    },
    flush: () => {
      try {
        stream.flushSync();
      } catch {
        // Standard output is gone, or not open yet: there is nobody to tell.
      }
    },
  };
}

/** The time as pino wants it, as text that is made anew only when the millisecond changes. */
function createTimeField(clock: Clock): () => string {
  let lastMs = Number.NaN;
  let text = "";
  return () => {
    const nowMs = clock.nowMs();
    if (nowMs !== lastMs) {
      lastMs = nowMs;
      text = `,"time":"${new Date(nowMs).toISOString()}"`;
    }
    return text;
  };
}
