import { readFileSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { constants, networkInterfaces } from "node:os";
import { fileURLToPath } from "node:url";
import { parseCommandLine, type CommandLine } from "./commands/command-line.ts";
import { checkConfig, deadLetters, migrateCommand, token } from "./commands/operate.ts";
import { importCommand } from "./commands/import.ts";
import { UsageError, type Command, type Terminal } from "./commands/command.ts";
import { startNode, type Program, type RunningNode } from "./compose.ts";
import { openWorkbench } from "./compose-workbench.ts";
import { ConfigError, parseConfig, settings, type Config } from "./config.ts";
import { settingsHelp } from "./config-text.ts";

/** The command line: reads it, picks the command, and turns what went wrong into a sentence and an exit code. */

const commands: readonly Command[] = [
  importCommand,
  token,
  deadLetters,
  migrateCommand,
  checkConfig,
];
const settingFlags = Object.values(settings).flatMap((setting) =>
  "flag" in setting ? [setting.flag] : [],
);

const switches = new Set(
  Object.values(settings).flatMap((setting) =>
    "isSwitch" in setting && setting.flag !== undefined ? [setting.flag] : [],
  ),
);

const exitFailed = 1;
const exitUsage = 2;
/** A program that is ended by signal n ends with this code plus n, as it does in a shell. */
const exitSignalBase = 128;

const terminal: Terminal = {
  isInteractive: process.stdout.isTTY,
  print: (line) => void process.stdout.write(`${line}\n`),
  replace: (line) => void process.stdout.write(`\r\u001b[K${line}`),
  complain: (line) => void process.stderr.write(`${line}\n`),
};

function help(): string {
  const list = commands.map((command) => `  ${command.usage}\n      ${command.summary}`).join("\n");
  return `Maru, a news feed platform that stays up.

npm start [-- FLAGS]              start the server (the same as: npm run maru -- serve)
npm run maru -- COMMAND [FLAGS]   run a command

Commands:
  serve [--port N] [--admin-port N] [--data FOLDER] [--demo]
      Start the server and everything that it needs; with --demo, to look around in a sample community.
${list}

Settings, as environment variables (flags win over them):
${settingsHelp()}

The standard variables of OpenTelemetry (OTEL_EXPORTER_OTLP_ENDPOINT and its kin) turn tracing on.`;
}

function program(): Program {
  const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { version: string };
  const isTracing =
    process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] !== undefined ||
    process.env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] !== undefined;
  const sampling = {
    name: process.env["OTEL_TRACES_SAMPLER"],
    argument: process.env["OTEL_TRACES_SAMPLER_ARG"],
  };
  const clientFolder = fileURLToPath(new URL("../web/dist", import.meta.url));
  return { version, isTracing, sampling, clientFolder };
}

/** How people on this machine, and where possible on others, reach the server. */
function reachableUrls(host: string, port: number): readonly string[] {
  if (host !== "0.0.0.0" && host !== "::") {
    return [`http://${host.includes(":") ? `[${host}]` : host}:${String(port)}`];
  }
  const others = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter((address) => address.family === "IPv4" && !address.internal);
  return ["localhost", ...others.map((address) => address.address)].map(
    (name) => `http://${name}:${String(port)}`,
  );
}

async function serve(config: Config): Promise<number> {
  let node: RunningNode | null = null;
  const { promise: stopped, resolve } = Promise.withResolvers<number>();
  // A terminal, npm and an orchestrator may each send the same signal; the first one counts.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (node === null) {
        // Nothing is served yet, so there is nothing to finish. PostgreSQL is ended on the way out.
        process.exit(exitSignalBase + constants.signals[signal]);
      }
      node.stop().then(
        () => {
          resolve(0);
        },
        () => {
          resolve(exitFailed);
        },
      );
    });
  }
  const demo = config.demo ? await import("./commands/demo.ts") : null;
  const community = await demo?.openDemo(terminal);
  const guests =
    community === undefined ? {} : { community, demo: { accounts: community.signIns } };
  node = await startNode(config, { ...program(), ...guests });
  const [first = "", ...others] = reachableUrls(node.api.host, node.api.port);
  terminal.print(`\n  Maru is ready: ${first}`);
  for (const url of others) {
    terminal.print(`                 ${url}`);
  }
  terminal.print(`  Reference:     ${first}/docs`);
  terminal.print(`  Health:        http://${node.admin.host}:${String(node.admin.port)}/readyz\n`);
  for (const line of demo?.demoLines(community?.signIns ?? [], config.dataDir) ?? []) {
    terminal.print(`  ${line}`);
  }
  // Compiled code is kept for the next start, where the launcher has named a place for it.
  flushCompileCache();
  return stopped;
}

async function run(commandLine: CommandLine): Promise<number> {
  const { command: name, words, flags, wantsHelp } = commandLine;
  if (wantsHelp || name === "help") {
    terminal.print(help());
    return 0;
  }
  const command = commands.find((candidate) => candidate.name === name);
  if (command === undefined && name !== "serve") {
    throw new UsageError(
      `There is no command ${JSON.stringify(name)}. See npm run maru -- --help.`,
    );
  }
  const known = new Set([...settingFlags, ...(command?.flags ?? [])]);
  const given = new Map<string, string>();
  for (const [flag, value] of flags) {
    if (!known.has(flag)) {
      throw new UsageError(
        `There is no flag ${flag} for ${name}; known are ${[...known].join(", ")}.`,
      );
    }
    if (value === null) {
      throw new UsageError(`${flag} needs a value.`);
    }
    given.set(flag, value);
  }
  if (command === undefined && words.length > 0) {
    throw new UsageError(`serve takes flags only, not ${JSON.stringify(words[0])}.`);
  }
  const config = parseConfig(process.env, given);
  return command === undefined
    ? serve(config)
    : command.run({
        config,
        words,
        flags: given,
        terminal,
        nowMs: () => Date.now(),
        open: () => openWorkbench(config),
      });
}

/** Written for the person who started the program, who needs no stack. */
const explainedErrors: ReadonlySet<string> = new Set([
  "ClientBuildError",
  "DataFolderError",
  "DatabaseError",
  "DemoFolderError",
  "ListenError",
]);

function explain(error: unknown): number {
  if (error instanceof UsageError || error instanceof ConfigError) {
    terminal.complain(error.message);
    return exitUsage;
  }
  const isExplained = error instanceof Error && explainedErrors.has(error.name);
  terminal.complain(
    isExplained
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error),
  );
  return exitFailed;
}

try {
  process.exitCode = await run(parseCommandLine(process.argv.slice(2), switches));
} catch (error) {
  process.exitCode = explain(error);
}
