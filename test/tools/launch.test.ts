/**
 * Runs the launcher in a small project of its own, where a stand-in for npm installs a link to
 * the Node that runs this test.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const tools = path.resolve(import.meta.dirname, "../../tools");

/** Writes what npm would: the pinned Node, and the record of what is installed. */
const standInNpm = `
  import { appendFileSync, copyFileSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
  appendFileSync("npm-calls.txt", process.argv.slice(2).join(" ") + "\\n");
  if (process.env.NPM_FAILS) process.exit(1);
  rmSync("node_modules", { recursive: true, force: true });
  mkdirSync("node_modules/node/bin", { recursive: true });
  if (!process.env.NPM_WITHOUT_SCRIPTS) {
    symlinkSync(${JSON.stringify(process.execPath)}, "node_modules/node/bin/node");
  }
  copyFileSync("package-lock.json", "node_modules/.package-lock.json");
`;

const target = `
  console.log("arguments", ...process.argv.slice(2));
  if (process.argv[2] === "wait") {
    const heard: string[] = [];
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      process.on(signal, () => { heard.push(signal); console.log("heard", ...heard); });
    }
    process.stdin.on("data", () => process.exit(7)).resume();
  } else if (process.argv[2] === "die") {
    process.kill(process.pid, "SIGKILL");
  }
`;

type Locked = Record<string, object>;

const locked: Locked = {
  "": {},
  "node_modules/node": { version: "1.0.0" },
  "node_modules/tool": { version: "1.0.0", dev: true },
  "node_modules/other-platform": { version: "1.0.0", optional: true },
};

let root: string;
let running: ChildProcess | undefined;

function writeLock(packages: Locked, file = "package-lock.json"): void {
  writeFileSync(path.join(root, file), JSON.stringify({ packages }));
}

function npmCalls(): string[] {
  const file = path.join(root, "npm-calls.txt");
  return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
}

function launch(args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, ["tools/launch.mjs", ...args], {
    cwd: root,
    stdio: ["pipe", "pipe", "pipe"],
    // A session of its own has no terminal, whose Ctrl-C would be expected to reach the child.
    detached: true,
    env: { ...process.env, npm_execpath: path.join(root, "npm-cli.js"), ...environment },
  });
  running = child;
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  }
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  return { child, ended, output: () => output };
}

async function runToEnd(args: readonly string[], environment?: NodeJS.ProcessEnv) {
  const { ended, output } = launch(args, environment);
  return { code: await ended, output: output() };
}

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "maru-launch-"));
  for (const file of ["client-build.mjs", "install.mjs", "launch.mjs", "lock.mjs", "signals.mjs"]) {
    cpSync(path.join(tools, file), path.join(root, "tools", file));
  }
  writeFileSync(path.join(root, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(path.join(root, "npm-cli.js"), standInNpm);
  writeFileSync(path.join(root, "tools/target.ts"), target);
  mkdirSync(path.join(root, "src"));
  writeFileSync(path.join(root, "src/main.ts"), target);
  writeLock(locked);
});

afterEach(() => {
  if (running?.exitCode === null && running.pid !== undefined)
    process.kill(-running.pid, "SIGKILL");
  rmSync(root, { recursive: true });
});

describe("the launcher installs", () => {
  it("when nothing is there, once, and then hands over", async () => {
    const first = await runToEnd(["src/main.ts", "serve", "--port", "1234"]);
    expect(first).toMatchObject({ code: 0 });
    expect(first.output).toContain("arguments serve --port 1234");
    expect(await runToEnd(["src/main.ts", "serve"])).toMatchObject({
      code: 0,
      output: "arguments serve\n",
    });
    expect(npmCalls()).toEqual(["ci --no-audit --no-fund --loglevel=error"]);
  });

  it.each<[string, () => void]>([
    [
      "another version is locked",
      () => writeLock({ ...locked, "node_modules/tool": { version: "2.0.0" } }),
    ],
    [
      "a package is added",
      () => writeLock({ ...locked, "node_modules/new": { version: "1.0.0" } }),
    ],
    [
      "an install was interrupted",
      () => rmSync(path.join(root, "node_modules/.package-lock.json")),
    ],
    ["the pinned Node is gone", () => rmSync(path.join(root, "node_modules/node/bin/node"))],
  ])("again when %s", async (_, change) => {
    await runToEnd(["tools/target.ts"]);
    change();
    expect(await runToEnd(["tools/target.ts"])).toMatchObject({ code: 0 });
    expect(npmCalls()).toHaveLength(2);
  });

  it("development packages for tools, and does without them for the server", async () => {
    await runToEnd(["src/main.ts"]);
    const { "node_modules/tool": _, ...withoutTool } = locked;
    writeLock(withoutTool, "node_modules/.package-lock.json");
    await runToEnd(["src/main.ts"]);
    expect(npmCalls()).toHaveLength(1);
    await runToEnd(["tools/target.ts"]);
    expect(npmCalls()[1]).toBe("ci --no-audit --no-fund --loglevel=error --include=dev");
  });

  it("once when two are started together", async () => {
    const both = await Promise.all([runToEnd(["tools/target.ts"]), runToEnd(["tools/target.ts"])]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(npmCalls()).toHaveLength(1);
  });

  it("although one that was killed left its lock behind", async () => {
    const dead = spawn(process.execPath, ["--version"]);
    await new Promise((resolve) => dead.on("close", resolve));
    mkdirSync(path.join(root, ".cache"));
    writeFileSync(path.join(root, ".cache/install.lock"), String(dead.pid));
    expect(await runToEnd(["tools/target.ts"])).toMatchObject({ code: 0 });
  });

  it("or says why it cannot", async () => {
    const failed = await runToEnd(["tools/target.ts"], { NPM_FAILS: "1" });
    expect(failed).toMatchObject({ code: 1 });
    expect(failed.output).toContain("npm ci failed");
    const blocked = await runToEnd(["tools/target.ts"], { NPM_WITHOUT_SCRIPTS: "1" });
    expect(blocked).toMatchObject({ code: 1 });
    expect(blocked.output).toContain("ignore-scripts");
  });
});

/** Writes what a build would, and fails where its sources say so. */
const standInBuild = `
  import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
  import { hashSources } from "./client-build.mjs";
  appendFileSync("builds.txt", "built\\n");
  console.log("the build says something");
  if (readFileSync("web/app.ts", "utf8").includes("broken")) process.exit(1);
  mkdirSync("web/dist", { recursive: true });
  writeFileSync("web/dist/build.json", JSON.stringify({ sources: hashSources(".") }));
`;

describe("before the server starts, the launcher builds the web client", () => {
  beforeEach(() => {
    writeFileSync(path.join(root, "tools/build-web.ts"), standInBuild);
    mkdirSync(path.join(root, "web"));
    mkdirSync(path.join(root, "sdk"));
    writeFileSync(path.join(root, "web/vite.config.ts"), "");
    writeFileSync(path.join(root, "web/app.ts"), "one");
    writeFileSync(path.join(root, "sdk/client.ts"), "one");
  });

  const builds = (): number => {
    const file = path.join(root, "builds.txt");
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n").length : 0;
  };
  const serve = () => runToEnd(["src/main.ts", "serve", "--port", "1"]);

  it("when there is none, with the development packages, and once", async () => {
    const first = await serve();
    expect(first).toMatchObject({ code: 0 });
    expect(first.output).toContain("arguments serve --port 1");
    expect(await serve()).toMatchObject({ code: 0, output: "arguments serve --port 1\n" });
    expect(builds()).toBe(1);
    expect(npmCalls()).toEqual(["ci --no-audit --no-fund --loglevel=error --include=dev"]);
  });

  it.each<[string, string, string]>([
    ["a source of the client", "web/app.ts", "two"],
    ["a source that is new", "web/more/page.ts", "one"],
    ["the SDK", "sdk/client.ts", "two"],
    ["a package", "package-lock.json", JSON.stringify({ packages: locked, more: 1 })],
  ])("again when %s has changed", async (_, file, text) => {
    await serve();
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
    expect(await serve()).toMatchObject({ code: 0 });
    expect(builds()).toBe(2);
  });

  it("not when what has changed is no part of it", async () => {
    await serve();
    for (const file of ["web/app.test.ts", "web/README.md", "src/more.ts", "web/dist/more.js"]) {
      writeFileSync(path.join(root, file), "export {};");
    }
    await serve();
    expect(builds()).toBe(1);
  });

  it("not for commands that serve no client", async () => {
    await runToEnd(["src/main.ts", "import", "--stories", "file"]);
    await runToEnd(["tools/target.ts", "serve"]);
    expect(builds()).toBe(0);
  });

  it("not in a production install that has it, and asks for no development packages", async () => {
    await serve();
    const { "node_modules/tool": _, ...withoutTool } = locked;
    writeLock(withoutTool, "node_modules/.package-lock.json");
    await serve();
    rmSync(path.join(root, "web/vite.config.ts"));
    rmSync(path.join(root, "web/app.ts"));
    await serve();
    expect([builds(), npmCalls().length]).toEqual([1, 1]);
  });

  it("or says that it cannot, and starts nothing", async () => {
    writeFileSync(path.join(root, "web/app.ts"), "broken");
    const { code, output } = await serve();
    expect(code).toBe(1);
    expect(output).toContain("the web client could not be built, for the reason above");
    expect(output).not.toContain("arguments");
  });
});

describe("the launcher hands on", () => {
  it("each signal once, and waits for the orderly end and its code", async () => {
    const { child, ended, output } = launch(["tools/target.ts", "wait"]);
    await vi.waitFor(() => expect(output()).toContain("arguments wait"), { timeout: 20_000 });
    child.kill("SIGINT");
    await vi.waitFor(() => expect(output()).toContain("heard SIGINT"));
    child.kill("SIGINT");
    child.kill("SIGTERM");
    await vi.waitFor(() => expect(output()).toContain("heard SIGINT SIGTERM"));
    child.kill("SIGTERM");
    child.kill("SIGHUP");
    await vi.waitFor(() => expect(output()).toContain("heard SIGINT SIGTERM SIGHUP"));
    child.stdin.write("end");
    expect(await ended).toBe(7);
    expect(output().trimEnd().split("\n").at(-1)).toBe("heard SIGINT SIGTERM SIGHUP");
  });

  it("the end by a signal, as a shell does", async () => {
    expect(await runToEnd(["tools/target.ts", "die"])).toMatchObject({ code: 128 + 9 });
  });

  it("nothing to a file that is not there", async () => {
    const { code, output } = await runToEnd(["src/gone.ts"]);
    expect(code).toBe(1);
    expect(output).toContain("there is no");
  });
});
