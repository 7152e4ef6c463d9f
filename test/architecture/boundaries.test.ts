/**
 * Plants one violation of each boundary in a small tree of its own and expects the tool to name
 * that rule, and no other. The rules come from the configuration that `npm run check` uses.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { cruise, type ICruiseResult } from "dependency-cruiser";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import config from "../../.dependency-cruiser.mjs";

type Tree = Readonly<Record<string, string>>;

const packageNames = [
  "postgres",
  "pino",
  "fastify",
  "sharp",
  "@tus/server",
  "@opentelemetry/api",
  "@opentelemetry/sdk",
];
const developmentPackages = ["vitest", "vite", "react", "@tanstack/react-query"];

const packageFiles: Tree = Object.fromEntries(
  [...packageNames, ...developmentPackages, "unlisted"].flatMap((name) => [
    [`node_modules/${name}/package.json`, JSON.stringify({ name, version: "1.0.0" })],
    [`node_modules/${name}/index.js`, "export const x = 1;"],
  ]),
);

/** The smallest tree with a file in every room, which breaks no rule. */
const cleanTree: Tree = {
  ...packageFiles,
  "package.json": JSON.stringify({
    dependencies: Object.fromEntries(packageNames.map((name) => [name, "1.0.0"])),
    devDependencies: Object.fromEntries(developmentPackages.map((name) => [name, "1.0.0"])),
  }),
  "tsconfig.json": "{}",
  "src/main.ts": `import "./compose.ts"; import "./config.ts";`,
  "src/compose.ts": `import "./adapters/embedded/record.ts"; import "./adapters/valkey/counters.ts";
    import "./modules/feed/module.ts"; import "./modules/graph/module.ts";
    import "./http/host.ts"; import "./demo/lively.ts";`,
  "src/demo/lively.ts": `import "../kernel/id.ts"; import "../modules/graph/contract.ts";`,
  "src/config.ts": `import "./kernel/id.ts"; export const x = 1;`,
  "src/kernel/id.ts": "export const x = 1;",
  "src/ports/record.ts": `import "../kernel/id.ts"; import type { x } from "postgres";`,
  "src/adapters/postgres/record.ts": `import "../../ports/record.ts"; import "postgres"; import "pino";`,
  "src/adapters/embedded/record.ts": `import "../postgres/record.ts";`,
  "src/adapters/valkey/counters.ts": `import "../../ports/record.ts"; import "@opentelemetry/sdk";`,
  "src/http/host.ts": `import "../ports/record.ts"; import "fastify"; import "@opentelemetry/api";`,
  "src/modules/feed/module.ts": `import "./merge.ts"; import "../graph/contract.ts";`,
  "src/modules/feed/merge.ts": `import "../../ports/record.ts"; import "../../kernel/id.ts";`,
  "src/modules/feed/merge.test.ts": `import "./merge.ts"; import "vitest";
    import "../graph/store.ts"; import "../../adapters/postgres/record.ts";
    import "../../compose.ts"; import "postgres";`,
  "src/modules/graph/module.ts": `import "./contract.ts"; import "./store.ts";`,
  "src/modules/graph/contract.ts": "export type x = 1;",
  "src/modules/graph/store.ts": "export const x = 1;",
  "test/api/feed.test.ts": `import "../../src/compose.ts"; import "vitest";`,
  "tools/check.ts": "export const x = 1;",
  "tools/build-web.ts": `import "vite";`,
  "web/vite.config.ts": `import "vite"; import "./icon-sizes.ts";`,
  "web/icon-sizes.ts": `import "vite"; import "node:path";`,
  "web/app/main.tsx": `import "react"; import "../data/stories.ts"; import "../design/button.tsx";
    import "../feed/feed-page.tsx";`,
  "web/data/stories.ts": `import "../../sdk/client.ts"; import "@tanstack/react-query";`,
  "web/data/stories.test.ts": `import "./stories.ts"; import "vitest"; import "node:path";
    import "../../test/support/seed.ts";`,
  "web/design/button.tsx": `import "react"; import "./button.module.css";`,
  "web/design/button.module.css": "",
  "web/feed/feed-page.tsx": `import "../data/stories.ts"; import "../design/button.tsx";`,
  "test/support/seed.ts": "export const x = 1;",
  "sdk/client.ts": "export const x = 1;",
};

/** For each rule, the file that is changed and what is added to it. */
const violations: Readonly<Record<string, readonly [file: string, added: string]>> = {
  "kernel-stands-alone": ["src/kernel/id.ts", `import "../modules/graph/store.ts";`],
  "ports-import-kernel": ["src/ports/record.ts", `import "../modules/graph/store.ts";`],
  "adapters-import-ports": ["src/adapters/valkey/counters.ts", `import "../../config.ts";`],
  "adapters-stand-apart": ["src/adapters/valkey/counters.ts", `import "../postgres/record.ts";`],
  "embedded-builds-on-postgres": [
    "src/adapters/embedded/record.ts",
    `import "../valkey/counters.ts";`,
  ],
  "http-imports-ports": ["src/http/host.ts", `import "../modules/graph/contract.ts";`],
  "modules-import-ports": [
    "src/modules/feed/merge.ts",
    `import "../../adapters/postgres/record.ts";`,
  ],
  "modules-meet-at-contracts": ["src/modules/feed/merge.ts", `import "../graph/store.ts";`],
  "demo-acts-like-people": ["src/demo/lively.ts", `import "../modules/graph/store.ts";`],
  "demo-stands-apart": ["src/main.ts", `import "./demo/lively.ts";`],
  "config-imports-kernel": ["src/config.ts", `import "./ports/record.ts";`],
  "main-composes": ["src/command.ts", `import "./compose.ts";`],
  "main-is-the-end": ["test/api/feed.test.ts", `import "../../src/main.ts";`],
  "source-stands-alone": ["src/modules/feed/merge.ts", `import "../../../tools/check.ts";`],
  "clients-stay-outside": ["web/app/main.tsx", `import "../../src/kernel/id.ts";`],
  "clients-need-no-tools": ["web/app/main.tsx", `import "../../tools/check.ts";`],
  "sdk-knows-no-page": ["sdk/client.ts", `import "../web/design/button.tsx";`],
  "design-knows-nothing": ["web/design/button.tsx", `import "../../sdk/client.ts";`],
  "data-shows-nothing": ["web/data/more.ts", `import "../feed/feed-page.tsx";`],
  "react-in-web": ["tools/check.ts", `import "react";`],
  "vite-builds": ["web/app/main.tsx", `import "vite";`],
  "no-node-in-web": ["web/app/main.tsx", `import "node:path";`],
  "tests-stay-tests": ["tools/check.ts", `import "../test/api/feed.test.ts";`],
  "postgres-in-adapters": ["src/modules/graph/store.ts", `import type { x } from "postgres";`],
  "postgres-types-in-record": ["src/ports/record.ts", `import { x } from "postgres";`],
  "vendors-in-adapters": ["src/http/host.ts", `import "pino";`],
  "opentelemetry-in-adapters": ["src/modules/feed/merge.ts", `import "@opentelemetry/api";`],
  "opentelemetry-api-in-http": ["src/http/host.ts", `import "@opentelemetry/sdk";`],
  "fastify-in-http": ["src/modules/feed/merge.ts", `import type { x } from "fastify";`],
  "files-in-adapters": ["src/modules/media/make.ts", `import "sharp";`],
  "uploads-in-media": ["src/modules/stories/publish.ts", `import "@tus/server";`],
  "no-cycles": ["src/modules/feed/merge.ts", `import "./module.ts";`],
  "no-orphans": ["src/modules/feed/forgotten.ts", "export const x = 1;"],
  "no-unresolvable": ["src/modules/feed/merge.ts", `import "./gone.ts";`],
  "listed-packages": ["src/modules/feed/merge.ts", `import "unlisted";`],
  "no-development-packages": ["src/modules/feed/merge.ts", `import "vitest";`],
};

const folders = ["src", "test", "tools", "sdk", "web"];

let root: string;

async function rulesBroken(tree: Tree): Promise<string[]> {
  for (const [file, text] of Object.entries(tree)) {
    mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    writeFileSync(path.join(root, file), text);
  }
  const { enhancedResolveOptions, tsConfig: _, ...options } = config.options ?? {};
  const { output } = await cruise(
    folders,
    { ...options, baseDir: root, validate: true, ruleSet: { forbidden: config.forbidden ?? [] } },
    enhancedResolveOptions,
  );
  return (output as ICruiseResult).summary.violations.map(({ rule }) => rule.name);
}

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "maru-boundaries-"));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

describe("the boundaries", () => {
  it("allow the tree that keeps to them", async () => {
    expect(await rulesBroken(cleanTree)).toEqual([]);
  });

  const names = (config.forbidden ?? []).map(({ name }) => name ?? "a rule without a name");

  it.each(names)("catch a violation of %s", async (name) => {
    const violation = violations[name];
    expect(violation, `no violation is planted for ${name}`).toBeDefined();
    const [file, added] = violation!;
    const broken = await rulesBroken({
      ...cleanTree,
      [file]: `${added}\n${cleanTree[file] ?? ""}`,
    });
    expect([...new Set(broken)]).toEqual([name]);
  });
});
