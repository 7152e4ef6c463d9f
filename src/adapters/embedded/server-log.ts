export type ServerLog = (
  level: "info" | "warn" | "error",
  message: string,
  fields?: object,
) => void;

/** The line prefix that this reader expects: process id and SQLSTATE. */
export const logLinePrefix = "%p %e ";

/** Reads the log that a PostgreSQL server writes to its standard error. */
export interface LogReader {
  /** Takes the next piece of output; pieces need not end at line ends. */
  add(chunk: string): void;
  /** Why the server failed, in its own words; null while it has not said so. */
  lastFailure(): string | null;
}

/** A line beyond this length is cut, so that a server without line ends cannot fill this process's memory. */
const lineCharactersMax = 8 * 1024;

const linePattern = /^(\d+) ([0-9A-Z]{5}) ([A-Z]+): {2}(.*)$/s;
/** What the server prints before its settings are read has no prefix. */
const barePattern = /^(?:postgres: |(?:FATAL|PANIC): {2})(.*)$/s;

/** What every start and stop prints. */
const routine =
  /^(starting PostgreSQL|listening on |database system (was|is) shut down|database system is ready|received fast shutdown|aborting any active|background worker "logical replication|terminating any other|redo starts|invalid record length|shutting down|checkpoint )/;

/** The detail of a crash; like the other parts that quote statements, it may hold personal text. */
const quotedStatement = "Failed process was running";

/** A client is refused for a while, or its connection ends with the server: the client knows, and the server is well. */
const passingStates: readonly string[] = ["57P01", "57P02", "57P03", "3D000"];
/** Refusals that concern one client: wrong password, too many connections, time-outs of its own, a broken connection. */
const clientStates = /^(28|08|25|53300|57014)/;
/** Errors that are about this machine rather than about a statement: resources, the system, internal errors, damage. */
const machineStates = /^(53[^3]|58|XX|57P)/;
const outOfSpace = /no space left on device|disk quota exceeded/i;

export function createLogReader(log: ServerLog): LogReader {
  let rest = "";
  let failure: { pid: string; text: string } | null = null;
  let shown: { pid: string; level: "info" | "warn" | "error" } | null = null;

  function takeLine(line: string): void {
    const parts = linePattern.exec(line);
    if (parts === null) {
      const bare = barePattern.exec(line);
      if (bare === null) return;
      failure = { pid: "", text: line };
      log("error", `PostgreSQL: ${line}`);
      return;
    }
    const [, pid = "", state = "", severity = "", message = ""] = parts;
    if (message.startsWith(quotedStatement)) return;
    if (severity === "DETAIL" || severity === "HINT") {
      if (failure?.pid === pid) failure.text += ` ${message}`;
      if (shown?.pid === pid) log(shown.level, `PostgreSQL: ${message}`);
      return;
    }
    // The other parts of a message quote statements.
    if (
      severity === "CONTEXT" ||
      severity === "STATEMENT" ||
      severity === "QUERY" ||
      severity === "LOCATION"
    )
      return;
    if (isFailure(severity, state, message)) failure = { pid, text: `${severity}: ${message}` };
    const level = levelOf(severity, state, message);
    shown = level === null ? null : { pid, level };
    if (level !== null)
      log(
        level,
        `PostgreSQL: ${message}`,
        state === "00000" ? { pid: Number(pid) } : { pid: Number(pid), state },
      );
  }

  return {
    add(chunk) {
      const lines = (rest + chunk).split("\n");
      rest = (lines.pop() ?? "").slice(0, lineCharactersMax);
      for (const line of lines) takeLine(line.slice(0, lineCharactersMax));
    },
    lastFailure: () => failure?.text ?? null,
  };
}

function isFailure(severity: string, state: string, message: string): boolean {
  if (outOfSpace.test(message) || severity === "PANIC") return true;
  return severity === "FATAL" && !passingStates.includes(state) && !clientStates.test(state);
}

function levelOf(
  severity: string,
  state: string,
  message: string,
): "info" | "warn" | "error" | null {
  if (severity === "PANIC") return "error";
  if (severity === "FATAL") {
    if (passingStates.includes(state)) return null;
    return clientStates.test(state) ? "warn" : "error";
  }
  if (severity === "ERROR") return machineStates.test(state) ? "warn" : null;
  if (severity === "WARNING") return "warn";
  return severity === "LOG" && !routine.test(message) ? "info" : null;
}
