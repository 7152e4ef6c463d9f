/**
 * The health check of a node's container: fails while the node is not ready. Docker restarts a container that ends, but
 * leaves one that hangs; so a node that has answered before, and has not for 5 s, is ended from here.
 */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { isNodeServing } from "./node-process.mjs";

const adminPort = process.env["MARU_ADMIN_PORT"] ?? "9090";
const admin = `http://127.0.0.1:${adminPort}`;
const silentMs = 5_000;
const askAgainMs = 250;
/** In memory, so that it is gone when the container starts again. */
const markFile = "/tmp/has-answered";

/**
 * @param {string} path
 * @param {number} withinMs
 * @returns {Promise<"ok" | "silent" | "not ok">} silent: the node hangs. Where the operators' process does, which
 *   answers for it, the node itself starts another.
 */
async function ask(path, withinMs) {
  try {
    const answer = await fetch(`${admin}${path}`, { signal: AbortSignal.timeout(withinMs) });
    const { status } = /** @type {{ status?: unknown }} */ (await answer.json());
    return answer.ok ? "ok" : status === "silent" ? "silent" : "not ok";
  } catch {
    return "not ok";
  }
}

/** Silence is waited out: a node may stand still for a moment. */
async function askWhetherItLives() {
  const untilMs = performance.now() + silentMs;
  for (;;) {
    const life = await ask("/livez", silentMs);
    if (life !== "silent" || performance.now() >= untilMs) return life;
    await delay(askAgainMs);
  }
}

function hasAnswered() {
  try {
    return readFileSync(markFile, "utf8") !== "";
  } catch {
    return false;
  }
}

/** The process that serves; its parent is the container's init, which ends with it, and which nobody in here can kill. */
function findNode() {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/u.test(name));
  return pids.map(Number).find((pid) => {
    try {
      return isNodeServing(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
    } catch {
      return false;
    }
  });
}

const life = await askWhetherItLives();
if (life === "ok") writeFileSync(markFile, "yes");
const pid = life === "silent" && hasAnswered() ? findNode() : undefined;
if (pid !== undefined) {
  console.error(`the node has not answered for ${String(silentMs)} ms; it is killed`);
  process.kill(pid, "SIGKILL");
}
process.exitCode = life === "ok" && (await ask("/readyz", silentMs)) === "ok" ? 0 : 1;
