/** The programs that tests and the bench need beside Node and npm: how they are found, and how to get them. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";

export type Program = {
  readonly name: string;
  readonly purpose: string;
  /** The package that brings it on Debian. */
  readonly debianPackage: string;
  /** Installed and run before that package, so that installing a program starts no server. */
  readonly quiet?: { readonly debianPackage: string; readonly command: readonly string[] };
  /** How to get it elsewhere, in a few words. */
  readonly elsewhere: string;
  /** Where it is, or undefined if it is not there. */
  readonly find: () => string | undefined;
};

const postgresqlVersionMin = 15;
const debianPostgresqlFolder = "/usr/lib/postgresql";

/** The folder with the newest of Debian's PostgreSQL servers that is new enough. */
export function findPostgresqlBinaries(): string | undefined {
  if (!existsSync(debianPostgresqlFolder)) return undefined;
  const newest = readdirSync(debianPostgresqlFolder)
    .map(Number)
    .filter((version) => version >= postgresqlVersionMin)
    .map((version) => path.join(debianPostgresqlFolder, String(version), "bin"))
    .filter((folder) => existsSync(path.join(folder, "postgres")));
  return newest.sort((a, b) => a.localeCompare(b, "en", { numeric: true })).at(-1);
}

/** Where a Chromium of the system lies; the first that is there is taken. */
const browserFiles = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  String.raw`C:\Program Files\Google\Chrome\Application\chrome.exe`,
];

export function findBrowser(): string | undefined {
  return browserFiles.find((file) => existsSync(file));
}

/** Systems with a desktop have fonts for every script; a bare Linux has none. */
function findFont(file: string): string | undefined {
  return process.platform !== "linux" || existsSync(file) ? file : undefined;
}

/** Debian keeps servers where not every user's PATH leads. */
const programFolders = [
  "/usr/sbin",
  "/usr/bin",
  "/usr/local/sbin",
  "/usr/local/bin",
  "/opt/homebrew/bin",
];

function findInFolders(...names: readonly string[]): string | undefined {
  const files = names.flatMap((name) => programFolders.map((folder) => path.join(folder, name)));
  return files.find((file) => existsSync(file));
}

export const findNats = (): string | undefined => findInFolders("nats-server");
export const findRedis = (): string | undefined => findInFolders("redis-server", "valkey-server");
export const findHaproxy = (): string | undefined => findInFolders("haproxy");

const loadGeneratorFiles = ["/usr/bin/wrk", "/usr/local/bin/wrk", "/opt/homebrew/bin/wrk"];

export function findLoadGenerator(): string | undefined {
  return loadGeneratorFiles.find((file) => existsSync(file));
}

/** What `npm run cell` runs beside Node and the PostgreSQL that npm brings. */
export const cellPrograms: readonly Program[] = [
  {
    name: "NATS server",
    purpose: "the cell, whose nodes tell each other over it",
    debianPackage: "nats-server",
    elsewhere: "install nats-server 2.9 or newer",
    find: findNats,
  },
  {
    name: "Redis",
    purpose: "the cell, whose nodes count in it",
    debianPackage: "redis-server",
    elsewhere: "install Redis or Valkey",
    find: findRedis,
  },
  {
    name: "HAProxy",
    purpose: "the cell, whose nodes stand behind it",
    debianPackage: "haproxy",
    elsewhere: "install HAProxy 2.6 or newer",
    find: findHaproxy,
  },
];

/** What `npm run bench` is better with. */
export const benchPrograms: readonly Program[] = [
  {
    name: "wrk",
    purpose: "rates by a generator that costs little; autocannon stands in for it",
    debianPackage: "wrk",
    elsewhere: "install wrk",
    find: findLoadGenerator,
  },
  ...cellPrograms,
];

/** A program to be added is a row here; `npm test` does the rest. */
export const programs: readonly Program[] = [
  {
    name: "PostgreSQL server",
    purpose: "the tests against a PostgreSQL that Maru does not run itself",
    debianPackage: "postgresql",
    quiet: {
      debianPackage: "postgresql-common",
      command: [
        "pg_conftool",
        "/etc/postgresql-common/createcluster.conf",
        "set",
        "create_main_cluster",
        "off",
      ],
    },
    elsewhere: `install PostgreSQL ${postgresqlVersionMin} or newer in ${debianPostgresqlFolder}`,
    find: findPostgresqlBinaries,
  },
  {
    name: "Chromium",
    purpose: "the tests of the web client in a browser",
    debianPackage: "chromium",
    elsewhere: "install Chromium or Chrome",
    find: findBrowser,
  },
  {
    name: "ffmpeg",
    purpose: "the tests of videos",
    debianPackage: "ffmpeg",
    elsewhere: "install ffmpeg 5.1 or newer, with libx264 and AAC",
    find: () => findInFolders("ffmpeg"),
  },
  {
    name: "Fonts for Korean and Japanese",
    purpose: "screenshots in which texts can be read",
    debianPackage: "fonts-noto-cjk",
    elsewhere: "install Noto Sans CJK",
    find: () => findFont("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
  },
  {
    name: "A font for emoji",
    purpose: "screenshots in which emoji can be seen",
    debianPackage: "fonts-noto-color-emoji",
    elsewhere: "install Noto Color Emoji",
    find: () => findFont("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf"),
  },
  ...cellPrograms,
];

/** Where something is missing: what, and the one command that gets it on Debian. Undefined: nothing is. */
export function explainMissing(wanted: readonly Program[]): string | undefined {
  const missing = wanted.filter((program) => program.find() === undefined);
  if (missing.length === 0) return undefined;
  const names = missing.map(({ name }) => name).join(", ");
  const packages = missing.map(({ debianPackage }) => debianPackage).join(" ");
  const elsewhere = missing.map((program) => program.elsewhere).join("; ");
  return `Missing: ${names}. On Debian: apt-get install ${packages}; elsewhere: ${elsewhere}.`;
}

/** Debian's packages can be installed without asking anyone: apt-get is here, and we are root. */
function canInstall(): boolean {
  return existsSync("/usr/bin/apt-get") && process.getuid?.() === 0;
}

function run(command: string, ...args: readonly string[]): boolean {
  const { status } = spawnSync(command, args, {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  return status === 0;
}

function installPackage(name: string): boolean {
  return run("apt-get", "install", "-y", "-qq", "--no-install-recommends", name);
}

function installFromDebian({ debianPackage, quiet }: Program): void {
  if (quiet !== undefined) {
    const [command = "true", ...args] = quiet.command;
    if (!installPackage(quiet.debianPackage) || !run(command, ...args)) return;
  }
  installPackage(debianPackage);
}

/**
 * Installs what is missing where that needs no question, and returns one line for each program
 * that stays away.
 */
export function ensurePrograms(wanted: readonly Program[] = programs): string[] {
  const missing = wanted.filter((program) => program.find() === undefined);
  if (missing.length > 0 && canInstall()) {
    console.log(`Installing: ${missing.map(({ name }) => name).join(", ")} …`);
    if (run("apt-get", "update", "-qq")) missing.forEach(installFromDebian);
  }
  return missing
    .filter((program) => program.find() === undefined)
    .map(
      ({ name, purpose, debianPackage, elsewhere }) =>
        `${name} is missing, left out: ${purpose}. On Debian: apt-get install ${debianPackage}; elsewhere: ${elsewhere}.`,
    );
}
