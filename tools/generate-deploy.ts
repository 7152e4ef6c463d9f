/**
 * `node tools/generate-deploy.ts` writes the configurations of deploy/ from the functions that also make those of
 * `npm run cell`. With `--check` it writes nothing and fails when they are out of date.
 */
import { deployFiles } from "./cell/deploy.ts";
import { publishReference } from "./reference-file.ts";

for (const { file, text } of deployFiles()) await publishReference(file, text);
