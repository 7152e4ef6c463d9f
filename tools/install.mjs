/**
 * Installs the dependencies that package-lock.json names, when they are not there.
 * Plain JavaScript for the same reason as launch.mjs.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { lock } from "./lock.mjs";
import { forwardSignals } from "./signals.mjs";

/**
 * @typedef {{ version?: string, optional?: boolean, dev?: boolean, devOptional?: boolean }} LockedPackage
 * @typedef {{ packages?: Record<string, LockedPackage> }} LockFile
 * @typedef {{ production: boolean }} InstallOptions `production` does without dev dependencies.
 */

/** An install that failed for a reason that its message tells. */
export class InstallError extends Error {}

/** @param {string} root */
export function pinnedNode(root) {
  const name = process.platform === "win32" ? "node.exe" : "node";
  return path.join(root, "node_modules", "node", "bin", name);
}

/**
 * @param {string} file
 * @returns {Record<string, LockedPackage> | undefined}
 */
function readPackages(file) {
  try {
    const lock = /** @type {LockFile} */ (JSON.parse(readFileSync(file, "utf8")));
    return lock.packages;
  } catch {
    return undefined;
  }
}

/**
 * Compares what npm last installed with what the lock file asks for. Contents are compared, not
 * times: a checkout touches the lock file, and an interrupted install leaves a fresh folder.
 *
 * @param {string} root
 * @param {InstallOptions} options
 */
export function isInstalled(root, { production }) {
  if (!existsSync(pinnedNode(root))) return false;
  const wanted = readPackages(path.join(root, "package-lock.json"));
  // npm writes this record last, when everything is unpacked and every script has run.
  const present = readPackages(path.join(root, "node_modules", ".package-lock.json"));
  if (wanted === undefined || present === undefined) return false;
  return Object.entries(wanted).every(([place, locked]) => {
    if (place === "") return true;
    const found = present[place];
    if (found !== undefined) return found.version === locked.version;
    const forDevelopment = locked.dev === true || locked.devOptional === true;
    return locked.optional === true || (production && forDevelopment);
  });
}

/**
 * @param {string} root
 * @param {InstallOptions} options
 */
function runNpm(root, { production }) {
  const npmArguments = [
    "ci",
    "--no-audit",
    "--no-fund",
    // Dependencies ask for a newer Node than the one that installs; they run on the pinned one.
    "--loglevel=error",
    ...(production ? [] : ["--include=dev"]),
  ];
  // Under npm, `node` in PATH may be the very Node that `npm ci` deletes; npm's own is safe.
  const npm = process.env["npm_execpath"];
  const node = process.env["npm_node_execpath"] ?? process.execPath;
  const [command, ...args] =
    npm !== undefined && /npm-cli\.c?js$/u.test(npm)
      ? [node, npm, ...npmArguments]
      : ["npm", ...npmArguments];
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      // What npm prints must not mix with what the program prints.
      stdio: ["ignore", 2, 2],
      shell: command === "npm" && process.platform === "win32",
    });
    child.on("error", (error) => {
      reject(new InstallError(`npm does not start (${error.message}): it comes with Node`));
    });
    const stopForwarding = forwardSignals(child);
    child.on("exit", (code) => {
      stopForwarding();
      resolve(code);
    });
  });
}

/**
 * @param {string} root
 * @param {InstallOptions} options
 */
export async function install(root, options) {
  const file = path.join(root, ".cache", "install.lock");
  const unlock = await lock(file, "another process is installing the dependencies");
  try {
    if (isInstalled(root, options)) return;
    console.error("maru: installing the dependencies (npm ci) …");
    if ((await runNpm(root, options)) !== 0) {
      throw new InstallError("npm ci failed, for the reason above; mend it and start again");
    }
    if (!existsSync(pinnedNode(root))) {
      throw new InstallError(
        "npm ci did not bring the pinned Node: are install scripts switched off (npm config get ignore-scripts)?",
      );
    }
    if (!isInstalled(root, options)) {
      throw new InstallError("npm ci left packages out: does an .npmrc or a variable omit some?");
    }
  } finally {
    unlock();
  }
}
