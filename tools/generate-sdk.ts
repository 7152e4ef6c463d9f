/**
 * `node tools/generate-sdk.ts` writes the reference (docs/reference/openapi.json) and the SDK's
 * types (sdk/schema.d.ts) from the routes of the whole application. With `--check` it writes
 * nothing and fails when either is out of date.
 */
import openapiTypescript, { astToString } from "openapi-typescript";
import packageJson from "../package.json" with { type: "json" };
import { createOpenApi } from "../src/http/openapi.ts";
import type { Route } from "../src/ports/routes.ts";
import { publishReference } from "./reference-file.ts";

const referenceFile = "docs/reference/openapi.json";
const typesFile = "sdk/schema.d.ts";
const indent = 2;

const banner = `/** Generated from the server's routes by tools/generate-sdk.ts: change those, then run \`npm run fix\`. */\n\n`;

/** The generated files by their paths in the project. */
export async function generateSdk(
  routes: readonly Route[],
  version: string,
): Promise<ReadonlyMap<string, string>> {
  const document = createOpenApi(routes, version);
  const json = JSON.stringify(document, null, indent);
  const types = astToString(await openapiTypescript(json, { alphabetize: true }));
  return new Map([
    [referenceFile, `${json}\n`],
    [typesFile, banner + types],
  ]);
}

if (import.meta.main) {
  const { describeRoutes } = await import("../src/compose-routes.ts");
  for (const [file, text] of await generateSdk(describeRoutes(), packageJson.version)) {
    await publishReference(file, text);
  }
}
