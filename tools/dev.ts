/**
 * `npm run dev`: the server, which starts again when one of its files changes, and beside it Vite,
 * which shows each change of the web client at once. Flags go to the server.
 */
import { spawn } from "node:child_process";
import path from "node:path";
import { createServer } from "vite";
import { settings } from "../src/config.ts";
import { forwardSignals } from "./signals.mjs";
import { projectRoot } from "./steps.ts";

const words = process.argv.slice(2);

/** Where the API will be; Vite hands on to it what is no file of the client. */
function apiPort(): number {
  const { flag, variable, fallback } = settings.port;
  const at = words.findIndex((word) => word === flag || word.startsWith(`${flag ?? ""}=`));
  const given = at === -1 ? undefined : (words[at]?.split("=")[1] ?? words[at + 1]);
  const port = Number(given ?? process.env[variable] ?? fallback);
  if (!Number.isInteger(port) || port <= 0) {
    console.error(`dev: ${variable} must name a port, so that the web client finds the API`);
    process.exit(1);
  }
  return port;
}

const apiUrl = `http://localhost:${apiPort()}`;
const web = path.join(projectRoot, "web");
const vite = await createServer({
  root: web,
  configFile: path.join(web, "vite.config.ts"),
  clearScreen: false,
  server: { proxy: { "/v1": apiUrl, "/client.json": apiUrl } },
});
// Vite would end this process at once; it is to wait for the server.
process.removeAllListeners("SIGTERM");
await vite.listen();

const server = spawn(
  process.execPath,
  ["--watch", "--watch-preserve-output", path.join(projectRoot, "src/main.ts"), "serve", ...words],
  { stdio: "inherit" },
);
forwardSignals(server);
server.on("exit", (code) => {
  process.exitCode = code ?? 1;
  void vite.close();
});
const pages = vite.resolvedUrls?.local[0] ?? "";
console.log(`\n  The web client, with every change at once: ${pages}\n  The API: ${apiUrl}\n`);
