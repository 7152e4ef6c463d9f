/**
 * `node tools/generate-problems-reference.ts` writes docs/reference/problems.md from the problems
 * that the routes and the host declare. With `--check` it writes nothing and fails when it is out
 * of date.
 */
import { describeRoutes } from "../src/compose-routes.ts";
import { problemKindsOf } from "../src/http/docs-problems.ts";
import { markdownTable, publishReference } from "./reference-file.ts";

const file = "docs/reference/problems.md";

const introduction = `# Problems

<!-- Generated from the routes and the host by tools/generate-problems-reference.ts: change them there, then run npm run fix. -->

Whatever goes wrong is answered as \`application/problem+json\` (RFC 9457). Branch on \`code\`: it is
stable, while the texts may change. \`errors\` lists what is wrong with an input, each with its
\`path\`. A running server shows this page at \`/docs/problems\`.`;

const rows = problemKindsOf(describeRoutes()).map(({ code, status, title, operations }) => [
  `\`${code}\``,
  String(status),
  title,
  operations.length === 0 ? "anywhere" : operations.map((one) => `\`${one}\``).join(", "),
]);

const table = markdownTable(["code", "status", "meaning", "operations"], rows);
await publishReference(file, `${introduction}\n\n${table}\n`);
