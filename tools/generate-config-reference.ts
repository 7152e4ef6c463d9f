/**
 * `node tools/generate-config-reference.ts` writes docs/reference/configuration.md from the table
 * of settings in src/config.ts. With `--check` it writes nothing and fails when it is out of date.
 */
import { settings } from "../src/config.ts";
import type { Setting } from "../src/setting.ts";
import { markdownTable, publishReference } from "./reference-file.ts";

const file = "docs/reference/configuration.md";

const introduction = `# Configuration

<!-- Generated from src/config.ts by tools/generate-config-reference.ts: change the settings there, then run npm run fix. -->

Every setting is an environment variable; some have a flag too, and a flag wins over its variable.
An empty variable counts as one that is not set. A value that is not allowed, and a variable that
begins with \`MARU_\` and is not listed here, keep the server from starting; the message names the
variable, the value and what is allowed. \`npm run maru -- check-config\` prints what is in force,
secrets hidden.`;

const tracing = `Tracing is off until \`OTEL_EXPORTER_OTLP_ENDPOINT\` or \`OTEL_EXPORTER_OTLP_TRACES_ENDPOINT\` names a
collector (OTLP over HTTP). The other standard \`OTEL_EXPORTER_OTLP_…\` variables, \`OTEL_SERVICE_NAME\`,
\`OTEL_RESOURCE_ATTRIBUTES\`, \`OTEL_TRACES_SAMPLER\` and \`OTEL_TRACES_SAMPLER_ARG\` are read too.`;

function fallbackOf({ fallback }: Setting<unknown>): string {
  if (fallback === null || (Array.isArray(fallback) && fallback.length === 0)) return "not set";
  return `\`${fallback as string | number | boolean}\``;
}

const rows = Object.values(settings).map((setting: Setting<unknown>) => [
  `\`${setting.variable}\``,
  setting.flag === undefined ? "" : `\`${setting.flag}\``,
  setting.isSecret === true ? `${setting.help} Never printed.` : setting.help,
  setting.allowed,
  fallbackOf(setting),
]);

const table = markdownTable(["variable", "flag", "meaning", "allowed", "default"], rows);
await publishReference(file, `${[introduction, table, tracing].join("\n\n")}\n`);
