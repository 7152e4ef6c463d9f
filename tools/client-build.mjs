/**
 * Says whether web/dist has been built from the sources that are there. Plain JavaScript, because
 * launch.mjs asks before it has the Node that runs the rest.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** Written by the build into its folder, last. */
export const descriptionFile = "build.json";

/** What the client is built from. The lock file stands for all packages. */
const sources = ["web", "sdk", "tools/build-web.ts", "tsconfig.json", "package-lock.json"];

/** @param {string} root */
export function clientFolder(root) {
  return path.join(root, "web", "dist");
}

/**
 * Tests, documents and what begins with a dot are not built.
 *
 * @param {string} name
 */
function isSource(name) {
  const isResult = name === "dist" || name === "node_modules" || name.startsWith(".");
  return !isResult && !/\.test\.tsx?$|\.md$/u.test(name);
}

/**
 * Every file below a place, in an order that is the same everywhere.
 *
 * @param {string} place
 * @returns {string[]}
 */
function filesIn(place) {
  if (!existsSync(place)) return [];
  const entries = readdirSync(place, { withFileTypes: true })
    .filter(({ name }) => isSource(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const file = path.join(place, entry.name);
    return entry.isDirectory() ? filesIn(file) : [file];
  });
}

/**
 * Names the sources by what is in them, not by their times, which a checkout changes. Null where
 * there are none: a release may bring the built client alone.
 *
 * @param {string} root
 * @returns {string | null}
 */
export function hashSources(root) {
  if (!existsSync(path.join(root, "web", "vite.config.ts"))) return null;
  const hash = createHash("sha256");
  for (const source of sources) {
    const place = path.join(root, source);
    const files = /\.\w+$/u.test(source) ? [place].filter(existsSync) : filesIn(place);
    for (const file of files) {
      const content = readFileSync(file);
      const name = path.relative(root, file).replaceAll(path.sep, "/");
      hash.update(`${name}\0${String(content.length)}\0`).update(content);
    }
  }
  return hash.digest("base64url");
}

/**
 * @param {string} root
 * @returns {boolean} also true where there is nothing to build from
 */
export function isClientBuilt(root) {
  const wanted = hashSources(root);
  if (wanted === null) return true;
  try {
    const text = readFileSync(path.join(clientFolder(root), descriptionFile), "utf8");
    const description = /** @type {{ sources?: string }} */ (JSON.parse(text));
    return description.sources === wanted;
  } catch {
    return false;
  }
}
