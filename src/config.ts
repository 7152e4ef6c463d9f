import { regionMax } from "./kernel/id.ts";
import { threadsMax } from "./kernel/threads.ts";
import { mediaSettings } from "./config-media.ts";
import { isUrl, oneOf, switched, wholeNumber, type Setting } from "./setting.ts";

const portMax = 65_535;
const mebibyte = 1024 * 1024;
const gibibyte = 1024 * mebibyte;
const secondMs = 1_000;
const rateMax = 1_000_000;
const minuteMs = 60 * secondMs;

/** Names that no address may contain; whether it exists is found out by listening on it. */
const hostPattern = /^[A-Za-z0-9.:_-]+$/;

function memory(setting: {
  readonly variable: string;
  readonly help: string;
  readonly fallback: number;
}): Setting<number> {
  return wholeNumber(setting, mebibyte, 64 * gibibyte);
}

/**
 * Everything that can be set, in one table: names, flags, bounds, defaults, and what `--help` and
 * the reference say. The only list of variable names.
 */
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
    ...switched({
      variable: "MARU_DEMO",
      help: "Serve a lively sample community, from the data folder whose name ends in -demo.",
      fallback: false,
    }),
    flag: "--demo",
    isSwitch: true,
  } satisfies Setting<boolean>,
  databaseUrl: {
    variable: "MARU_DATABASE_URL",
    help: "A PostgreSQL ≥ 15 to use instead of the embedded one; its database has collation C and UTF-8.",
    allowed: "postgres://user:password@host:port/database",
    fallback: null,
    isSecret: true,
    parse: (text: string) => (isUrl(text, ["postgres:", "postgresql:"]) ? text : undefined),
  } satisfies Setting<string | null>,
  natsUrls: {
    variable: "MARU_NATS_URLS",
    help: "NATS servers with JetStream that carry the log between nodes on one MARU_DATABASE_URL, separated by commas.",
    allowed: "nats:// or tls:// URLs separated by commas",
    fallback: [],
    isSecret: true,
    parse: (text: string) => {
      const urls = text.split(",").map((part) => part.trim());
      return urls.every((url) => isUrl(url, ["nats:", "tls:"])) ? urls : undefined;
    },
  } satisfies Setting<readonly string[]>,
  valkeyUrl: {
    variable: "MARU_VALKEY_URL",
    help: "A Valkey, or Redis ≥ 7, in which nodes count together what is limited.",
    allowed: "redis://user:password@host:port, or rediss:// for TLS",
    fallback: null,
    isSecret: true,
    parse: (text: string) => (isUrl(text, ["redis:", "rediss:"]) ? text : undefined),
  } satisfies Setting<string | null>,
  nodeName: {
    variable: "MARU_NODE_NAME",
    help: "Names this node in logs, metrics and leases; by default the machine's name.",
    allowed: "1 to 40 of a-z, A-Z, 0-9, - and _",
    fallback: null,
    parse: (text: string) => (/^[A-Za-z0-9_-]{1,40}$/.test(text) ? text : undefined),
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
  metricsMs: wholeNumber(
    {
      variable: "MARU_METRICS_MS",
      help: "How often the metrics that the admin port tells are brought up to date, in milliseconds.",
      fallback: secondMs,
    },
    100,
    60 * secondMs,
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
  accountRate: wholeNumber(
    {
      variable: "MARU_ACCOUNT_RATE",
      help: "Requests a second of one account, ten seconds' worth at once; 0 for any number.",
      fallback: 1_000,
    },
    0,
    rateMax,
  ),
  networkRate: wholeNumber(
    {
      variable: "MARU_NETWORK_RATE",
      help: "The same of one network that is not private: an IPv4 address, or a /56 of IPv6.",
      fallback: 5_000,
    },
    0,
    rateMax,
  ),
  adaptiveLimit: switched({
    variable: "MARU_ADAPTIVE_LIMIT",
    help: "Let no more wait for the database at once than hardly wait for each other.",
    fallback: true,
  }),
  loopDelayMs: wholeNumber(
    {
      variable: "MARU_LOOP_DELAY_MS",
      help: "How late a thread may be before it refuses batches, then writes, then reads; 0 for any time.",
      fallback: 200,
    },
    0,
    10 * secondMs,
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
      help: "Passwords that are hashed at once, by a thread and in 19 MiB each; more than there are cores hash no faster.",
      fallback: 2,
    },
    1,
    64,
  ),
  passwordAttempts: wholeNumber(
    {
      variable: "MARU_PASSWORD_ATTEMPTS",
      help: "Wrong passwords for one account from one network in a quarter of an hour; ten times as many for all accounts.",
      fallback: 30,
    },
    1,
    1_000,
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
  feedAudienceBytes: memory({
    variable: "MARU_FEED_AUDIENCE_BYTES",
    help: "Memory for the lists of whom viewers see.",
    fallback: 256 * mebibyte,
  }),
  feedReactionBytes: memory({
    variable: "MARU_FEED_REACTION_BYTES",
    help: "Memory for what viewers liked and reshared.",
    fallback: 64 * mebibyte,
  }),
  feedItemBytes: memory({
    variable: "MARU_FEED_ITEM_BYTES",
    help: "Memory for stories as feeds show them, about 1 KiB each.",
    fallback: 256 * mebibyte,
  }),
  storyCacheBytes: memory({
    variable: "MARU_STORY_CACHE_BYTES",
    help: "Memory for the texts of stories outside of feeds.",
    fallback: 64 * mebibyte,
  }),
  ...mediaSettings,
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

export const entries = Object.entries(settings) as [SettingName, Setting<unknown>][];

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
      const fault = setting.fault?.(text);
      const why = fault === undefined || fault === null ? "" : ` ${fault}`;
      faults.push(`${source} is ${shown}; allowed is ${setting.allowed}.${why}`);
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
  if (values.databaseUrl === null && (values.natsUrls as readonly string[] | undefined)?.length) {
    faults.push(
      "MARU_NATS_URLS carries the log between nodes on one PostgreSQL: set MARU_DATABASE_URL, too.",
    );
  }
  if (values.databaseUrl === null && typeof values.valkeyUrl === "string") {
    faults.push(
      "MARU_VALKEY_URL is for nodes on one PostgreSQL, which count together: set MARU_DATABASE_URL, too.",
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
