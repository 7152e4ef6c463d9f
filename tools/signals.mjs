/** Plain JavaScript, for the same reason as launch.mjs, which uses it. */
import { closeSync, openSync } from "node:fs";

/** After this long, an interrupt that the terminal should have delivered is delivered anyway. */
const interruptGraceMs = 5000;

/** Ctrl-C in a terminal reaches every process of the foreground group, the child's included. */
function hasTerminal() {
  try {
    closeSync(openSync("/dev/tty", "r"));
    return true;
  } catch {
    return false;
  }
}

/**
 * Passes each signal on to the child once. The first one starts its orderly stop; this process
 * waits for its end however often it is told again, because npm repeats the terminal's Ctrl-C.
 *
 * @param {import("node:child_process").ChildProcess} child
 * @returns {() => void} stops forwarding
 */
export function forwardSignals(child) {
  const seen = new Set();
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    if (seen.has(signal)) return;
    seen.add(signal);
    if (signal === "SIGINT" && hasTerminal()) {
      setTimeout(() => child.kill(signal), interruptGraceMs).unref();
    } else {
      child.kill(signal);
    }
  };
  const signals = /** @type {const} */ (["SIGTERM", "SIGINT", "SIGHUP"]);
  for (const signal of signals) process.on(signal, forward);
  return () => {
    for (const signal of signals) process.off(signal, forward);
  };
}
