import { regionMax } from "./kernel/id.ts";
import { threadsMax } from "./kernel/threads.ts";

/**
 * Everything that can be set, in one table: names, flags, bounds, defaults, and what `--help` and
 * the reference say. The only list of variable names.
 */
export interface Setting<T> {
  readonly variable: string;
  /** The flag of `serve` and the other commands that sets the same. */
  readonly flag?: string;
  /** The flag may stand without a value, which is then `true`. */
  readonly isSwitch?: boolean;
  readonly help: string;
  readonly allowed: string;
  readonly fallback: T;
  /** Never printed. */
  readonly isSecret?: boolean;
  /** Undefined: not allowed. */
  readonly parse: (text: string) => T | undefined;
}

function wholeNumber(
  setting: {
    readonly variable: string;
    readonly flag?: string;
    readonly help: string;
    readonly fallback: number;
  },
  min: number,
  max: number,
): Setting<number> {
  return {
    ...setting,
    allowed: `a whole number from ${String(min)} to ${String(max)}`,
    parse(text) {
      const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? value : undefined;
    },
  };
}

function oneOf<T extends string>(
  setting: { readonly variable: string; readonly help: string; readonly fallback: T },
  values: readonly T[],
): Setting<T> {
  return {
    ...setting,
    allowed: `one of ${values.join(", ")}`,
    parse: (text) => values.find((value) => value === text),
  };
}

const portMax = 65_535;
const mebibyte = 1024 * 1024;
const gibibyte = 1024 * mebibyte;
const secondMs = 1_000;
const minuteMs = 60 * secondMs;

function isUrl(text: string, protocols: readonly string[]): boolean {
  return URL.canParse(text) && protocols.includes(new URL(text).protocol);
}

/** Names that no address may contain; whether it exists is found out by listening on it. */
const hostPattern = /^[A-Za-z0-9.:_-]+$/;

export const settings = {
  host: {
    variable: "MARU_HOST",
    help: "Address that the API listens on.",
    allowed: "an address of this machine, or 0.0.0.0 for all",
    fallback: "0.0.0.0",
    parse: (text: string) => (hostPattern.test(text) ? text : undefined),
  },
  port: wholeNumber(
    {
      variable: "MARU_PORT",
      flag: "--port",
      help: "Port of the API; 0 takes a free one.",
      fallback: 8080,
    },
    0,
    portMax,
  ),
  adminHost: {
    variable: "MARU_ADMIN_HOST",
    help: "Address that the admin port listens on. It has no sign-in: keep it on a network of your own.",
    allowed: "an address of this machine, or 0.0.0.0 for all",
    fallback: "127.0.0.1",
    parse: (text: string) => (hostPattern.test(text) ? text : undefined),
  },
  adminPort: wholeNumber(
    {
      variable: "MARU_ADMIN_PORT",
      flag: "--admin-port",
      help: "Port of health, metrics and the admin API; 0 takes a free one.",
      fallback: 9090,
    },
    0,
    portMax,
  ),
  dataDir: {
    variable: "MARU_DATA",
    flag: "--data",
    help: "Folder of the embedded database and of everything else that must last.",
    allowed: "a folder's path",
    fallback: "./data",
    parse: (text: string) => (text === "" ? undefined : text),
  },
  demo: {
    variable: "MARU_DEMO",
    flag: "--demo",
    isSwitch: true,
    help: "Serve a lively sample community, from the data folder whose name ends in -demo.",
    allowed: "true or false",
    fallback: false,
    parse: (text: string) => (text === "true" ? true : text === "false" ? false : undefined),
  } satisfies Setting<boolean>,
  databaseUrl: {
    variable: "MARU_DATABASE_URL",
    help: "A PostgreSQL ≥ 15 to use instead of the embedded one; its database has collation C and UTF-8.",
    allowed: "postgres://user:password@host:port/database",
    fallback: null,
    isSecret: true,
    parse: (text: string) => (isUrl(text, ["postgres:", "postgresql:"]) ? text : undefined),
  } satisfies Setting<string | null>,
  readConnections: wholeNumber(
    {
      variable: "MARU_DATABASE_READ_CONNECTIONS",
      help: "Database connections for reads.",
      fallback: 12,
    },
    1,
    500,
  ),
  writeConnections: wholeNumber(
    {
      variable: "MARU_DATABASE_WRITE_CONNECTIONS",
      help: "Database connections for writes.",
      fallback: 16,
    },
    1,
    500,
  ),
  region: wholeNumber(
    { variable: "MARU_REGION", help: "Number of this region, in every id.", fallback: 0 },
    0,
    regionMax,
  ),
  publicUrl: {
    variable: "MARU_PUBLIC_URL",
    help: "Where people reach this server; with https, cookies are for TLS alone.",
    allowed: "an http or https URL",
    fallback: null,
    parse: (text: string) => (isUrl(text, ["http:", "https:"]) ? text : undefined),
  } satisfies Setting<string | null>,
  trustedProxies: {
    variable: "MARU_TRUSTED_PROXIES",
    help: "Addresses of balancers whose X-Forwarded-For is believed, separated by commas.",
    allowed: "IP addresses or CIDR ranges separated by commas",
    fallback: [],
    parse: (text: string) => {
      const parts = text.split(",").map((part) => part.trim());
      return parts.every((part) => /^[0-9a-fA-F:.]+(\/[0-9]{1,3})?$/.test(part))
        ? parts
        : undefined;
    },
  } satisfies Setting<readonly string[]>,
  threads: wholeNumber(
    {
      variable: "MARU_THREADS",
      flag: "--threads",
      help: "HTTP threads, which read one index in shared memory; one for each core that is to serve readers.",
      fallback: 1,
    },
    1,
    threadsMax,
  ),
  logLevel: oneOf(
    {
      variable: "MARU_LOG_LEVEL",
      help: "The least severe lines of the log that are written.",
      fallback: "info",
    },
    ["debug", "info", "warn", "error"],
  ),
  requestTimeoutMs: wholeNumber(
    {
      variable: "MARU_REQUEST_TIMEOUT_MS",
      help: "Deadline of a request, in milliseconds.",
      fallback: 10 * secondMs,
    },
    100,
    5 * minuteMs,
  ),
  drainMs: wholeNumber(
    {
      variable: "MARU_DRAIN_MS",
      help: "How long the node goes on serving after it says that it is not ready, for balancers to notice; in milliseconds.",
      fallback: 0,
    },
    0,
    5 * minuteMs,
  ),
  hashingConcurrency: wholeNumber(
    {
      variable: "MARU_HASHING_CONCURRENCY",
      help: "Passwords that are hashed at once.",
      fallback: 2,
    },
    1,
    64,
  ),
  feedWindowStories: wholeNumber(
    {
      variable: "MARU_FEED_WINDOW_STORIES",
      help: "Stories and reshares that the feed index holds in memory, about 24 bytes each; older ones are read from the database.",
      fallback: 2_000_000,
    },
    64,
    100_000_000,
  ),
  feedAccountsMax: wholeNumber(
    {
      variable: "MARU_FEED_ACCOUNTS_MAX",
      help: "Accounts that the feed index can name, about 30 bytes each once used.",
      fallback: 16_000_000,
    },
    64,
    67_000_000,
  ),
  feedAudienceBytes: wholeNumber(
    {
      variable: "MARU_FEED_AUDIENCE_BYTES",
      help: "Memory for the lists of whom viewers see.",
      fallback: 256 * mebibyte,
    },
    mebibyte,
    64 * gibibyte,
  ),
  feedReactionBytes: wholeNumber(
    {
      variable: "MARU_FEED_REACTION_BYTES",
      help: "Memory for what viewers liked and reshared.",
      fallback: 64 * mebibyte,
    },
    mebibyte,
    64 * gibibyte,
  ),
  feedItemBytes: wholeNumber(
    {
      variable: "MARU_FEED_ITEM_BYTES",
      help: "Memory for stories as feeds show them, about 1 KiB each.",
      fallback: 256 * mebibyte,
    },
    mebibyte,
    64 * gibibyte,
  ),
  storyCacheBytes: wholeNumber(
    {
      variable: "MARU_STORY_CACHE_BYTES",
      help: "Memory for the texts of stories outside of feeds.",
      fallback: 64 * mebibyte,
    },
    mebibyte,
    64 * gibibyte,
  ),
} as const;

type SettingName = keyof typeof settings;
export type Config = Readonly<{ [Name in SettingName]: Value<Name> }>;
type Value<Name extends SettingName> =
  NonNullable<ReturnType<(typeof settings)[Name]["parse"]>> | (typeof settings)[Name]["fallback"];

/** One sentence for each value that is not allowed: the variable, the value, and what is allowed. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(faults.join("\n"));
    this.faults = faults;
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

const variablePrefix = "MARU_";
/** Variables of tests and tools, which share the prefix. */
const foreignPrefix = "MARU_TEST_";

const entries = Object.entries(settings) as [SettingName, Setting<unknown>][];

/** Flags win over variables, variables over defaults. Every fault is found, not just the first. */
export function parseConfig(
  environment: Environment,
  flags: ReadonlyMap<string, string> = new Map(),
): Config {
  const faults: string[] = [];
  const values: Partial<Record<SettingName, unknown>> = {};
  for (const [name, setting] of entries) {
    const flagText = setting.flag === undefined ? undefined : flags.get(setting.flag);
    const text = flagText ?? environment[setting.variable];
    if (text === undefined || (text === "" && flagText === undefined)) {
      values[name] = setting.fallback;
      continue;
    }
    const value = setting.parse(text);
    if (value === undefined) {
      const shown = setting.isSecret === true ? "(hidden)" : JSON.stringify(text);
      const source = flagText === undefined ? setting.variable : (setting.flag ?? setting.variable);
      faults.push(`${source} is ${shown}; allowed is ${setting.allowed}.`);
    }
    values[name] = value;
  }
  const known = new Set(entries.map(([, setting]) => setting.variable));
  for (const variable of Object.keys(environment)) {
    if (
      variable.startsWith(variablePrefix) &&
      !variable.startsWith(foreignPrefix) &&
      !known.has(variable)
    ) {
      faults.push(`${variable} is not a setting of Maru; see npm run maru -- --help.`);
    }
  }
  if (values.demo === true && typeof values.databaseUrl === "string") {
    faults.push(
      "--demo keeps its community in a data folder of its own, apart from MARU_DATABASE_URL; set one of the two.",
    );
  }
  if (faults.length > 0) {
    throw new ConfigError(faults);
  }
  const config = values as Config;
  const { demo, dataDir } = config;
  return Object.freeze(demo ? { ...config, dataDir: demoFolder(dataDir) } : config);
}

/** Beside the real data, never in it. */
function demoFolder(dataDir: string): string {
  return `${dataDir.replace(/(?<=.)\/+$/u, "")}-demo`;
}

function textOf(value: unknown): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) {
    return "not set";
  }
  return Array.isArray(value) ? value.join(",") : `${value as string | number | boolean}`;
}

/** What is in force, a line each, secrets hidden. */
export function describeConfig(config: Config): string {
  const lines = entries.map(([name, setting]) => {
    const value: unknown = config[name];
    const shown = setting.isSecret === true && value !== null ? "(hidden)" : textOf(value);
    const origin = value === setting.fallback ? " (default)" : "";
    return `${setting.variable}=${shown}${origin}`;
  });
  return lines.join("\n");
}

/** For `--help`: variable, flag, default, meaning. */
export function settingsHelp(): string {
  return entries
    .map(([, setting]) => {
      const flag = setting.flag === undefined ? "" : `, ${setting.flag}`;
      const shown = textOf(setting.fallback);
      return `  ${setting.variable}${flag}\n      ${setting.help}\n      Default: ${shown}. Allowed: ${setting.allowed}.`;
    })
    .join("\n");
}
