/**
 * `npm run cell`: three nodes with all that they need, on this machine, behind two balancers. With a word it talks to the
 * cell that runs: `npm run cell -- status`, `restart` or `stop`.
 */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { parseArgs } from "node:util";
import { CellError, startCell } from "./cell/cell.ts";
import { openControl, sendCommand, type Command } from "./cell/control.ts";
import { WaitError } from "./cell/rolling.ts";
import type { Cell } from "./cell/types.ts";
import { cellPrograms, explainMissing } from "./programs.ts";
import { projectRoot } from "./steps.ts";

const usage = `npm run cell [-- --data FOLDER] [--port N] [--recycle-hours N]
    start a cell: balancers on port N and N + 1 (8080 and 8081), data in FOLDER (./data-cell),
    each node restarted once in so many hours (24; 0: never)
npm run cell -- status|restart|stop [--data FOLDER]
    show the cell that runs there, restart its nodes one after another, or stop it`;

const portMax = 65_534;
const hoursMax = 24 * 30;
const exitUsage = 2;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

// Who reads what is printed may go away; the cell goes on.
process.stdout.on("error", () => undefined);

function fail(message: string, code = 1): never {
  process.stderr.write(`${message}\n`);
  process.exit(code);
}

function number(text: string, flag: string, max: number): number {
  const value = /^\d+(?:\.\d+)?$/u.test(text) ? Number(text) : Number.NaN;
  if (!(value <= max))
    fail(`${flag} takes a number up to ${max}, not ${JSON.stringify(text)}.`, exitUsage);
  return value;
}

function readWords() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        data: { type: "string", default: "data-cell" },
        port: { type: "string", default: "8080" },
        "recycle-hours": { type: "string", default: "24" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : ""}\n${usage}`, exitUsage);
  }
}

const clockLetters = 8;

/** What the cell does by itself, and when. */
function tell(text: string): void {
  print(`${new Date().toTimeString().slice(0, clockLetters)} ${text}`);
}

function mapOf(cell: Cell): string[] {
  const rows = [
    ["name", "state", "address", "health", "pid", "starts", "log"],
    ...cell.processes.map((one) => [
      one.name,
      one.state,
      one.url,
      one.adminUrl ?? "-",
      String(one.pid ?? "-"),
      String(one.starts),
      path.relative(".", one.logFile),
    ]),
  ];
  const widths =
    rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? [];
  return rows.map((row) =>
    `  ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ")}`.trimEnd(),
  );
}

function buildClient(): void {
  const tool = path.join(projectRoot, "tools", "build-web.ts");
  const { status } = spawnSync(process.execPath, [tool], { stdio: ["ignore", 2, 2] });
  if (status !== 0) fail("The web client could not be built, for the reason above.");
}

interface Wishes {
  readonly dataDir: string;
  readonly port: number;
  readonly recycleHours: number;
}

async function run({ dataDir, port, recycleHours }: Wishes): Promise<void> {
  const stopping = new AbortController();
  // A terminal, npm and an orchestrator may each send the same signal; the first one counts.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    process.on(signal, () => {
      stopping.abort(new CellError("The cell was stopped before it was ready."));
    });
  }
  const stopped = new Promise<void>((resolve) => {
    stopping.signal.addEventListener("abort", () => {
      resolve();
    });
  });
  tell(`A cell is started in ${dataDir} …`);
  const cell = await startCell({
    dataDir,
    host: "",
    ports: { balancers: [port, port + 1] },
    recycleHours,
    signal: stopping.signal,
    onEvent: tell,
  });
  const commands = new Map<string, Command>([
    [
      "status",
      async (line) => {
        for (const row of mapOf(cell)) line(row);
      },
    ],
    ["restart", async (line) => restart(cell, line)],
    [
      "stop",
      async () => {
        stopping.abort();
        await cell.close();
      },
    ],
  ]);
  const control = await openControl(dataDir, commands).catch(async (error: unknown) => {
    await cell.close();
    throw error;
  });
  for (const line of mapOf(cell)) print(line);
  print(`\n  The cell is ready: http://localhost:${port} and :${port + 1}\n`);
  await stopped;
  tell("The cell is stopped …");
  await cell.close();
  await control.close();
  tell("The cell has ended; no process of it is left.");
}

async function restart(cell: Cell, line: (text: string) => void): Promise<void> {
  line("The nodes are restarted one after another …");
  await cell.restartNodes();
  line("Every node has been restarted.");
}

const { values, positionals } = readWords();
const [word = "start", ...rest] = positionals;
const dataDir = path.resolve(values.data);
if (values.help) {
  print(usage);
} else if (rest.length > 0 || !["start", "status", "restart", "stop"].includes(word)) {
  fail(`There is no command ${JSON.stringify(positionals.join(" "))}.\n${usage}`, exitUsage);
} else if (word === "start") {
  const port = number(values.port, "--port", portMax);
  const recycleHours = number(values["recycle-hours"], "--recycle-hours", hoursMax);
  const missing = explainMissing(cellPrograms);
  if (missing !== undefined) fail(missing);
  buildClient();
  try {
    await run({ dataDir, port, recycleHours });
  } catch (error) {
    const explained = ["CellError", "DataFolderError", WaitError.name];
    if (!(error instanceof Error && explained.includes(error.name))) throw error;
    fail(error.message);
  }
} else {
  // The nodes that come back may be of a new version.
  if (word === "restart") buildClient();
  const outcome = await sendCommand(dataDir, word, print);
  if (outcome === "absent") fail(`No cell runs in ${dataDir}.`);
  if (outcome === "failed") process.exitCode = 1;
}
