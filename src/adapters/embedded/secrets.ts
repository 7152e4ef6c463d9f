import { randomBytes } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { explainDenial } from "./access.ts";
import { DataFolderError, fromFileError } from "./data-folder-error.ts";
import { syncFolder, type Layout } from "./data-folder.ts";

const secretBytes = 24;

/** The database password; null: there is none yet. */
export async function readPassword(layout: Layout): Promise<string | null> {
  try {
    const parsed: unknown = JSON.parse(await readFile(layout.secretsFile, "utf8"));
    if (typeof parsed === "object" && parsed !== null && "databasePassword" in parsed)
      return String(parsed.databasePassword);
    throw new DataFolderError(
      "start-failed",
      `${layout.secretsFile} holds no databasePassword. Remove the file to have a new one made.`,
    );
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    if (error instanceof SyntaxError) {
      throw new DataFolderError(
        "start-failed",
        `${layout.secretsFile} is not JSON. Remove the file to have a new one made.`,
      );
    }
    throw await explainDenial(error, layout.secretsFile);
  }
}

/** Makes a password and keeps it; the file is whole or absent, also after a power cut. */
export async function createPassword(layout: Layout): Promise<string> {
  const password = randomBytes(secretBytes).toString("base64url");
  const unfinished = `${layout.secretsFile}.unfinished`;
  try {
    await rm(unfinished, { force: true });
    await writeFile(unfinished, `${JSON.stringify({ databasePassword: password }, null, 2)}\n`, {
      mode: 0o600,
      flush: true,
    });
    await rename(unfinished, layout.secretsFile);
    await syncFolder(layout.dataDir);
  } catch (error) {
    throw fromFileError(error, layout.secretsFile);
  }
  return password;
}
