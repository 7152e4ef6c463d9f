import { open, readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";

/**
 * A data folder belongs to the demo or to a real community, for good. The demo's has a mark, which
 * is made before anything else is in it.
 */

const markName = "demo.json";

interface Mark {
  readonly what: string;
  /** The community is there as a whole; before that, the next start goes on filling. */
  readonly filled: boolean;
}

const what = "The sample community of `npm start -- --demo`. Delete this folder to be rid of it.";

/** The folder is of the other kind. The message says what to do. */
export class DemoFolderError extends Error {
  override readonly name = "DemoFolderError";
}

async function readMark(dataDir: string): Promise<Mark | null> {
  const text = await readFile(join(dataDir, markName), "utf8").catch(() => null);
  return text === null ? null : (JSON.parse(text) as Mark);
}

async function writeMark(dataDir: string, filled: boolean): Promise<void> {
  const mark: Mark = { what, filled };
  const unfinished = join(dataDir, `${markName}.unfinished`);
  const file = await open(unfinished, "w");
  try {
    await file.writeFile(`${JSON.stringify(mark, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(unfinished, join(dataDir, markName));
}

/** A folder that is not there is as good as an empty one. */
async function isEmpty(dataDir: string): Promise<boolean> {
  const names = await readdir(dataDir).catch(() => []);
  return names.every((name) => name.startsWith(".") || name === `${markName}.unfinished`);
}

/** Throws a DemoFolderError where the demo meets what it did not make, or a real server the demo. */
export async function refuseToMix(dataDir: string, isDemo: boolean): Promise<void> {
  const isMarked = (await readMark(dataDir)) !== null;
  if (isMarked && !isDemo) {
    throw new DemoFolderError(
      `${dataDir} holds the sample community of --demo. Look at it with npm start -- --demo, or choose another data folder with --data.`,
    );
  }
  if (isDemo && !isMarked && !(await isEmpty(dataDir))) {
    throw new DemoFolderError(
      `${dataDir} holds data that --demo has not made, and stays as it is. Move it away, or choose another place: --demo --data FOLDER uses FOLDER-demo.`,
    );
  }
}

/** Marks a new folder as the demo's. */
export async function markDemo(dataDir: string): Promise<void> {
  if ((await readMark(dataDir)) === null) {
    await writeMark(dataDir, false);
  }
}

export async function isFilled(dataDir: string): Promise<boolean> {
  return (await readMark(dataDir))?.filled === true;
}

export async function markFilled(dataDir: string): Promise<void> {
  await writeMark(dataDir, true);
}
