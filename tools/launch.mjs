/**
 * Runs a file of this project on the pinned Node, installing and building first what is missing:
 *
 *   node tools/launch.mjs FILE [ARGUMENT …]
 *
 * Plain JavaScript, because it must run on the Node that a machine happens to have; everything
 * else in the project runs on the Node that package.json pins.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { isClientBuilt } from "./client-build.mjs";
import { InstallError, install, isInstalled, pinnedNode } from "./install.mjs";
import { forwardSignals } from "./signals.mjs";

const oldestNodeMajor = 20;

/** A program that cannot be started ends with this code, as it does in a shell. */
const cannotStartCode = 127;
/** A program that is ended by signal n ends with this code plus n, as it does in a shell. */
const signalCodeBase = 128;

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** @param {string} message */
function fail(message) {
  console.error(`maru: ${message}`);
  process.exit(1);
}

/**
 * @param {string[]} nodeArguments
 * @param {import("node:child_process").StdioOptions} stdio
 * @returns {Promise<number>} the code that it ends with
 */
function run(nodeArguments, stdio) {
  // What a start compiles is kept for the next one, which then takes half the time to load.
  const cache = path.join(root, ".cache", "compiled");
  const env = { NODE_COMPILE_CACHE: cache, ...process.env };
  const child = spawn(pinnedNode(root), nodeArguments, { stdio, env });
  const stopForwarding = forwardSignals(child);
  return new Promise((resolve) => {
    child.on("error", (error) => {
      console.error(`maru: the pinned Node does not start: ${error.message}`);
      process.exit(cannotStartCode);
    });
    child.on("exit", (code, signal) => {
      stopForwarding();
      resolve(code ?? signalCodeBase + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/**
 * Whether the web client must be built before the server starts. Where a built client came with the
 * installation nothing is, and no development dependency is asked for.
 *
 * @param {string} target
 * @param {string[]} rest
 */
function needsClient(target, rest) {
  const serves = target === path.join(root, "src", "main.ts") && rest.includes("serve");
  return serves && !isClientBuilt(root);
}

async function buildClient() {
  // What the build prints must not mix with what the program prints.
  const code = await run([path.join(root, "tools", "build-web.ts")], ["ignore", 2, 2]);
  if (code > signalCodeBase) process.exit(code);
  if (code !== 0) {
    fail("the web client could not be built, for the reason above; mend it and start again");
  }
}

async function main() {
  const [major = "0"] = process.versions.node.split(".");
  if (Number(major) < oldestNodeMajor) {
    fail(
      `Node ${process.versions.node} is too old to start from: install Node ${oldestNodeMajor} or newer (https://nodejs.org)`,
    );
  }

  const [file, ...rest] = process.argv.slice(2);
  if (file === undefined) fail("usage: node tools/launch.mjs FILE [ARGUMENT …]");
  const target = path.resolve(root, file ?? "");
  if (!existsSync(target)) fail(`there is no ${target}`);

  // The server itself needs no development dependency: a production install stays as it is.
  const builds = needsClient(target, rest);
  const production = target.startsWith(path.join(root, "src") + path.sep) && !builds;
  if (!isInstalled(root, { production })) {
    try {
      await install(root, { production });
    } catch (error) {
      if (error instanceof InstallError) fail(error.message);
      throw error;
    }
  }
  if (builds) await buildClient();
  process.exit(await run([target, ...rest], "inherit"));
}

await main();
