import { hashSync, verifySync } from "@node-rs/argon2";
import { getPriority, setPriority } from "node:os";
import { parentPort } from "node:worker_threads";
import { assert } from "../../kernel/assert.ts";
import type { HashTask, Outcome, VerifyTask } from "./hashing.ts";

/**
 * A thread of `hashing.ts`. It stands back: where both want the same core, a thread that serves people gets nine parts
 * of ten. Linux holds the niceness of each thread; elsewhere the whole node would stand back.
 */
const niceness = 10;

const port = parentPort;
assert(port !== null, "this runs as a thread of a node");

try {
  if (process.platform === "linux" && getPriority() < niceness) {
    setPriority(niceness);
  }
} catch {
  // Where a sandbox forbids it passwords are hashed like all else.
}

function outcomeOf(task: HashTask | VerifyTask): Outcome {
  try {
    if ("encoded" in task) {
      return { result: verifySync(task.encoded, task.password) };
    }
    const { password, ...parameters } = task;
    return { result: hashSync(password, parameters) };
  } catch (error) {
    return { error };
  }
}

port.on("message", (task: HashTask | VerifyTask) => {
  port.postMessage(outcomeOf(task));
});
