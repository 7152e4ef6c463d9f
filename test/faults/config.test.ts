import { describe, expect, it } from "vitest";
import { settings } from "../../src/config.ts";
import { runMaru } from "../support/server-process.ts";

const exitUsage = 2;

describe("--help", () => {
  it("names every command, setting, flag and default", async () => {
    const { code, output } = await runMaru(["--help"]);
    expect(code).toBe(0);
    for (const setting of Object.values(settings)) {
      expect(output).toContain(setting.variable);
      expect(output).toContain(setting.allowed);
      if ("flag" in setting) expect(output).toContain(setting.flag);
    }
    for (const command of ["serve", "migrate", "check-config", "import", "dead-letters", "token"]) {
      expect(output).toContain(`  ${command} `.trimEnd());
    }
  });
});

describe("check-config", () => {
  it("prints what is in force, the database's address without its password", async () => {
    const { code, output } = await runMaru(["check-config", "--port", "8123"], {
      settings: {
        MARU_DATABASE_URL: "postgres://maru:open-sesame@db.example:5432/maru",
        MARU_LOG_LEVEL: "warn",
      },
    });
    expect(code).toBe(0);
    expect(output).toMatch(/^MARU_PORT=8123$/m);
    expect(output).toMatch(/^MARU_LOG_LEVEL=warn$/m);
    expect(output).toMatch(/^MARU_DATA=\.\/data \(default\)$/m);
    expect(output).toMatch(/^MARU_DATABASE_URL=.*hidden/m);
    expect(output).not.toContain("open-sesame");
  });
});

/** One for each setting, and not the first that comes to mind. */
const wrongValues: Readonly<Record<string, readonly [value: string, allowed: string]>> = {
  MARU_HOST: ["not a host", "an address of this machine, or 0.0.0.0 for all"],
  MARU_PORT: ["65536", "a whole number from 0 to 65535"],
  MARU_ADMIN_HOST: ["http://127.0.0.1", "an address of this machine, or 0.0.0.0 for all"],
  MARU_ADMIN_PORT: ["-1", "a whole number from 0 to 65535"],
  MARU_DEMO: ["yes", "true or false"],
  MARU_NODE_NAME: ["node 1", "1 to 40 of a-z, A-Z, 0-9, - and _"],
  MARU_DATABASE_READ_CONNECTIONS: ["0", "a whole number from 1 to 500"],
  MARU_DATABASE_WRITE_CONNECTIONS: ["many", "a whole number from 1 to 500"],
  MARU_REGION: ["8", "a whole number from 0 to 7"],
  MARU_PUBLIC_URL: ["maru.example", "an http or https URL"],
  MARU_TRUSTED_PROXIES: ["10.0.0.0/8,elsewhere", "IP addresses or CIDR ranges separated by commas"],
  MARU_THREADS: ["65", "a whole number from 1 to 64"],
  MARU_LOG_LEVEL: ["loud", "one of debug, info, warn, error"],
  MARU_METRICS_MS: ["99", "a whole number from 100 to 60000"],
  MARU_REQUEST_TIMEOUT_MS: ["1e3", "a whole number from 100 to 300000"],
  MARU_ACCOUNT_RATE: ["-1", "a whole number from 0 to 1000000"],
  MARU_NETWORK_RATE: ["1000001", "a whole number from 0 to 1000000"],
  MARU_ADAPTIVE_LIMIT: ["1", "true or false"],
  MARU_LOOP_DELAY_MS: ["10001", "a whole number from 0 to 10000"],
  MARU_DRAIN_MS: ["1.5", "a whole number from 0 to 300000"],
  MARU_HASHING_CONCURRENCY: ["65", "a whole number from 1 to 64"],
  MARU_PASSWORD_ATTEMPTS: ["0", "a whole number from 1 to 1000"],
  MARU_FEED_WINDOW_STORIES: ["63", "a whole number from 64 to 100000000"],
  MARU_FEED_ACCOUNTS_MAX: [" 64", "a whole number from 64 to 67000000"],
  MARU_FEED_AUDIENCE_BYTES: ["1MB", "a whole number from 1048576 to 68719476736"],
  MARU_FEED_REACTION_BYTES: ["0", "a whole number from 1048576 to 68719476736"],
  MARU_FEED_ITEM_BYTES: ["many", "a whole number from 1048576 to 68719476736"],
  MARU_STORY_CACHE_BYTES: ["1", "a whole number from 1048576 to 68719476736"],
  MARU_MEDIA_URL: ["cdn.example", "an http or https URL"],
  MARU_MEDIA_PURGE_URL: ["ftp://cdn.example", "an http or https URL"],
  MARU_IMAGE_BYTES_MAX: ["1023", "a whole number from 1024 to 1073741824"],
  MARU_IMAGE_PIXELS_MAX: ["1", "a whole number from 10000 to 1000000000"],
  MARU_IMAGE_FRAMES_MAX: ["0", "a whole number from 1 to 100000"],
  MARU_VIDEO_BYTES_MAX: ["1GB", "a whole number from 1024 to 68719476736"],
  MARU_VIDEO_PIXELS_MAX: ["9999", "a whole number from 10000 to 100000000"],
  MARU_VIDEO_SECONDS_MAX: ["86401", "a whole number from 1 to 86400"],
  MARU_MEDIA_UNUSED_MAX: ["9", "a whole number from 10 to 10000"],
  MARU_MEDIA_PROCESSES: ["0", "a whole number from 1 to 64"],
  MARU_MEDIA_MEMORY_BYTES: ["1048576", "a whole number from 268435456 to 68719476736"],
  MARU_MEDIA_TIMEOUT_MS: ["999", "a whole number from 1000 to 86400000"],
  MARU_LINK_PREVIEWS: ["off", "true or false"],
  MARU_LINK_ALLOW: ["10.0.0.0/33", "IP addresses or CIDR ranges separated by commas"],
  MARU_LINK_FORBID: ["2001:db8::/129", "IP addresses or CIDR ranges separated by commas"],
};

describe("wrong values", () => {
  it("are all said at once, each with the variable, the value and what is allowed", async () => {
    const values = Object.entries(wrongValues).map(([name, [value]]) => [name, value] as const);
    const { code, output } = await runMaru(["serve"], { settings: Object.fromEntries(values) });
    expect(code).toBe(exitUsage);
    expect(output.trim().split("\n")).toEqual(
      Object.entries(wrongValues).map(
        ([name, [value, allowed]]) => `${name} is ${JSON.stringify(value)}; allowed is ${allowed}.`,
      ),
    );
  });

  it("are asked of every setting here but of folders, which may have any name", () => {
    const secrets = ["MARU_DATABASE_URL", "MARU_NATS_URLS", "MARU_VALKEY_URL", "MARU_BLOB_URL"];
    const asked = [...Object.keys(wrongValues), "MARU_DATA", ...secrets];
    expect(asked.sort()).toEqual(
      Object.values(settings)
        .map(({ variable }) => variable)
        .sort(),
    );
  });

  it("of secrets are not shown; a flag is named as such, and an unknown variable is one too", async () => {
    const { code, output } = await runMaru(["serve", "--port", "none"], {
      settings: {
        MARU_DATABASE_URL: "mysql://maru:open-sesame@db/maru",
        MARU_NATS_URLS: "nats://maru:open-sesame@nats-1:4222,nats-2:4222",
        MARU_VALKEY_URL: "http://maru:open-sesame@valkey:6379",
        MARU_BLOB_URL: "s3://maru:open-sesame@s3.example/",
        MARU_PROT: "8080",
      },
    });
    expect(code).toBe(exitUsage);
    expect(output).not.toContain("open-sesame");
    expect(output.trim().split("\n")).toEqual([
      expect.stringContaining('--port is "none"; allowed is a whole number from 0 to 65535'),
      expect.stringContaining("MARU_DATABASE_URL is (hidden); allowed is postgres://"),
      expect.stringContaining("MARU_NATS_URLS is (hidden); allowed is nats:// or tls:// URLs"),
      expect.stringContaining("MARU_VALKEY_URL is (hidden); allowed is redis://"),
      expect.stringMatching(/^MARU_BLOB_URL is \(hidden\); allowed is .* It names no bucket: /),
      expect.stringContaining("MARU_PROT is not a setting of Maru"),
    ]);
  });
});

describe("what nodes share", () => {
  it.each([
    ["MARU_NATS_URLS", "nats://maru:open-sesame@127.0.0.1:4222"],
    ["MARU_VALKEY_URL", "redis://:open-sesame@127.0.0.1:6379"],
  ])(
    "%s is refused without a database of one's own, which the nodes would share",
    async (name, url) => {
      const { code, output } = await runMaru(["serve"], { settings: { [name]: url } });
      expect(code).toBe(exitUsage);
      expect(output).toMatch(new RegExp(`^${name} .* set MARU_DATABASE_URL, too\\.$`, "m"));
      expect(output).not.toContain("open-sesame");
    },
  );
});

describe("the demo", () => {
  it("is refused beside a database of one's own, in a sentence that says what to do", async () => {
    const { code, output } = await runMaru(["serve", "--demo"], {
      settings: { MARU_DATABASE_URL: "postgres://maru:open-sesame@db.example:5432/maru" },
    });
    expect(code).toBe(exitUsage);
    expect(output.trim()).toBe(
      "--demo keeps its community in a data folder of its own, apart from MARU_DATABASE_URL; set one of the two.",
    );
  });

  it("has a folder beside the real one, by flag or by variable", async () => {
    const byFlag = await runMaru(["check-config", "--demo", "--data", "/srv/maru/"]);
    expect(byFlag.output).toMatch(/^MARU_DATA=\/srv\/maru-demo$/m);
    const byVariable = await runMaru(["check-config"], { settings: { MARU_DEMO: "true" } });
    expect(byVariable.output).toMatch(/^MARU_DATA=\.\/data-demo$/m);
    expect(byVariable.output).toMatch(/^MARU_DEMO=true$/m);
    const without = await runMaru(["check-config", "--demo=false"]);
    expect(without.output).toMatch(/^MARU_DATA=\.\/data \(default\)$/m);
  });
});

describe("a command line that is not understood", () => {
  it.each<[readonly string[], RegExp]>([
    [["serve", "--prot", "8080"], /no flag --prot for serve; known are .*--port/],
    [["serve", "--port"], /--port needs a value/],
    [["serve", "now"], /serve takes flags only, not "now"/],
    [["serve", "--demo", "now"], /serve takes flags only, not "now"/],
    [["sevre"], /no command "sevre".*--help/],
  ])("%j says so", async (words, sentence) => {
    const { code, output } = await runMaru(words);
    expect(code).toBe(exitUsage);
    expect(output).toMatch(sentence);
    expect(output.trim().split("\n")).toHaveLength(1);
  });
});
