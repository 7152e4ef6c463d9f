/**
 * `npm run check -- messages`: the texts of the web client are the same in every language, all of
 * them are used, and no other text is shown.
 */
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { findUseFaults } from "./message-uses.ts";
import { findMessageFaults, messageKeys, type Messages } from "./messages.ts";
import { projectRoot } from "./steps.ts";

const messageFolder = path.join(projectRoot, "web", "language");

function read(file: string): string {
  return readFileSync(file, "utf8");
}

function readCatalogs(): Map<string, Messages> {
  const files = globSync("*.json", { cwd: messageFolder }).sort();
  return new Map(
    files.map((file) => {
      const messages = JSON.parse(read(path.join(messageFolder, file))) as Messages;
      return [path.basename(file, ".json"), messages];
    }),
  );
}

const sources = globSync("web/**/*.{ts,tsx}", {
  cwd: projectRoot,
  exclude: (name) => /(?:^|\/)(?:dist|\.build-[^/]*)$|\.test\.tsx?$/u.test(name),
}).map((name) => ({
  name: name.replaceAll(path.sep, "/"),
  text: read(path.join(projectRoot, name)),
}));

const catalogs = readCatalogs();
const [first = {}] = catalogs.values();
const complaints = [
  ...(catalogs.size === 0 ? ["there are no messages in web/language"] : []),
  ...findMessageFaults(catalogs),
  ...findUseFaults(sources, messageKeys(first)),
];
for (const complaint of complaints) console.log(complaint);
if (complaints.length > 0) process.exitCode = 1;
