/** What deploy/ promises, as far as it can be seen without a container. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { settings } from "../../src/config.ts";
import { keepingTimeoutMs } from "../../src/modules/media/settings.ts";
import { deployFiles, natsServices, nodeServices } from "../../tools/cell/deploy.ts";
import { balancerConfig } from "../../tools/cell/haproxy.ts";
import { natsConfig } from "../../tools/cell/nats.ts";
import { findHaproxy, findNats } from "../../tools/programs.ts";
import { projectRoot } from "../../tools/steps.ts";
import { readYaml, type Yaml } from "../support/compose-file.ts";

const balancerServices = ["balancer-1", "balancer-2"];

type Service = Readonly<Record<string, Yaml>>;

const read = (file: string): string => readFileSync(path.join(projectRoot, file), "utf8");
const compose = readYaml(read("deploy/compose.yaml"));
const services = compose["services"] as Readonly<Record<string, Service>>;
const all = Object.entries(services);
const serviceOf = (name: string): Service => services[name]!;
const environmentOf = (name: string): Record<string, string> =>
  serviceOf(name)["environment"] as Record<string, string>;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "maru-deploy-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("the compose file", () => {
  it("has the topology of a cell", () => {
    const names = [...nodeServices, ...natsServices, ...balancerServices, "postgres", "valkey"];
    expect(Object.keys(services).sort()).toEqual(names.sort());
  });

  it.each(all)("pins the image of %s", (_, service) => {
    expect(service["image"]).toMatch(
      /^[a-z/]+:\d+\.\d+\.\d+(?:-[a-z]+)?$|^postgres:\d+\.\d+-\w+$/u,
    );
  });

  it.each(all)("checks, restarts, bounds and ends %s in order", (_, service) => {
    expect(service["restart"]).toBe("unless-stopped");
    expect(service["stop_grace_period"]).toMatch(/^\d+s$/u);
    expect(service["healthcheck"]).toMatchObject({
      test: expect.any(Array),
      interval: expect.stringMatching(/^\d+s$/u),
      timeout: expect.stringMatching(/^\d+s$/u),
    });
    expect(service["deploy"]).toMatchObject({
      resources: {
        limits: {
          cpus: expect.stringMatching(/^\d/u),
          memory: expect.stringMatching(/^\d+[MG]$/u),
        },
      },
    });
    expect(service["logging"]).toMatchObject({ options: { "max-file": "3" } });
    expect(service["cap_drop"]).toEqual(["ALL"]);
  });

  it.each(nodeServices)(
    "gives %s settings that Maru knows, a name of its own, and time",
    (name) => {
      const environment = environmentOf(name);
      const given = Object.entries(environment).filter(([variable]) =>
        variable.startsWith("MARU_"),
      );
      for (const [variable, text] of given) {
        // What may be left out is not set where it is.
        if (/^\$\{[^}]*:-\}$/u.test(text)) continue;
        const setting = Object.values(settings).find((known) => known.variable === variable);
        const filled = text
          .replaceAll(/\$\{\w+:-([^}]*)\}/gu, "$1")
          .replaceAll(/\$\{[^}]*\}/gu, "secret");
        expect([variable, setting?.parse(filled)]).not.toEqual([variable, undefined]);
      }
      expect(environment["MARU_NODE_NAME"]).toBe(name);
      const graceMs = Number.parseInt(serviceOf(name)["stop_grace_period"] as string, 10) * 1_000;
      expect(graceMs).toBeGreaterThan(Number(environment["MARU_DRAIN_MS"]) + 30_000);
      expect(serviceOf(name)).not.toHaveProperty("ports");
    },
  );

  it("gives all nodes one store of photos and videos, and each a disk of its own to work on", () => {
    const mounted = (name: string): readonly string[] => serviceOf(name)["volumes"] as string[];
    const stores = nodeServices.map((name) => environmentOf(name)["MARU_BLOB_URL"]);
    expect(new Set(stores).size).toBe(1);
    const folder = /:-file:\/\/(.+)\}$/u.exec(stores[0] ?? "")?.[1];
    for (const name of nodeServices) {
      expect(mounted(name)).toEqual([`${name}:/var/lib/maru`, `blobs:${folder ?? ""}`]);
      expect(environmentOf(name)["MARU_DATA"]).toBe("/var/lib/maru");
      // What a container that was replaced has left in its folder is known by the machine's name.
      expect(serviceOf(name)["hostname"]).toBe(name);
    }
    for (const made of ["/var/lib/maru", folder]) {
      expect(read("deploy/Dockerfile")).toMatch(
        new RegExp(`install .*-o node.* ${made ?? ""}(?: |$)`, "mu"),
      );
    }
  });

  it("takes every secret from the environment, and the example names each", () => {
    const example = read("deploy/.env.example");
    const named = read("deploy/compose.yaml").matchAll(/\$\{(\w+)/gu);
    for (const [, variable] of named) expect(example).toMatch(new RegExp(`^${variable!}=$`, "mu"));
    for (const name of Object.keys(services)) {
      for (const [variable, text] of Object.entries(serviceOf(name)["environment"] ?? {})) {
        if (/PASSWORD|AUTH/u.test(variable)) expect(text).toMatch(/^"?\$\{/u);
      }
    }
  });

  it("opens the balancers alone", () => {
    const open = all.filter(([, service]) => "ports" in service).map(([name]) => name);
    expect(open).toEqual([...balancerServices]);
  });
});

describe("the image", () => {
  const lines = read("deploy/Dockerfile").split("\n");

  it("installs what is locked, builds the client, and runs as an ordinary user", () => {
    expect(lines).toContain("USER node");
    expect(lines.join("\n")).toMatch(
      /npm ci[^]*build-web\.ts[^]*USER node[^]*CMD .*src\/main\.ts/u,
    );
    const bases = lines.filter((line) => line.startsWith("FROM"));
    for (const base of bases) expect(base).toMatch(/:\d+\.\d+\.\d+-/u);
  });

  it("has every file that it copies", () => {
    const copied = lines.filter(
      (line) => /^COPY (?!--from)/u.test(line) && !/^COPY \. /u.test(line),
    );
    for (const line of copied) {
      for (const file of line.split(" ").slice(1, -1)) expect(() => read(file)).not.toThrow();
    }
  });
});

describe("the configurations in deploy/", () => {
  it.each(deployFiles())("$file is the generated one", ({ file, text }) => {
    expect(read(file)).toBe(text);
  });

  it("have the rules of npm run cell", () => {
    const rules = (text: string): string[] =>
      text.split("\n").filter((line) => !/^ +(?:bind|server|nameserver) /u.test(line));
    const here = balancerConfig({
      bind: "127.0.0.1:1",
      adminBind: "127.0.0.1:2",
      nodes: nodeServices.map((name) => ({ name, address: "127.0.0.1:3", adminPort: 4 })),
    });
    expect(rules(read("deploy/haproxy.cfg"))).toEqual(expect.arrayContaining(rules(here)));
    const nats = natsConfig({
      name: "nats-1",
      listen: "127.0.0.1:1",
      clusterListen: "127.0.0.1:2",
      monitorListen: "127.0.0.1:3",
      routes: [],
      storeDir: "/data",
    });
    const settingsOf = (text: string): string[] =>
      text.split("\n").filter((line) => !/listen|http|server_name/u.test(line));
    expect(settingsOf(read("deploy/nats.conf"))).toEqual(expect.arrayContaining(settingsOf(nats)));
  });

  it("wait for a node that keeps an upload", () => {
    const [, seconds] =
      /set-timeout server (\d+)s if is_upload/u.exec(read("deploy/haproxy.cfg")) ?? [];
    expect(Number(seconds) * 1_000).toBeGreaterThan(keepingTimeoutMs);
  });

  it.skipIf(findHaproxy() === undefined)("are understood by HAProxy", () => {
    const file = path.join(projectRoot, "deploy/haproxy.cfg");
    const { status, stderr } = spawnSync(findHaproxy()!, ["-c", "-f", file], { encoding: "utf8" });
    const complaints = stderr.split("\n").filter((line) => /ALERT|WARNING/u.test(line));
    // The services' names are known in their network alone.
    expect(complaints.filter((line) => !line.includes("could not resolve"))).toEqual([]);
    expect(status).toBe(0);
  });

  it.skipIf(findNats() === undefined)(
    "are understood by NATS, whatever the password looks like",
    () => {
      const file = path.join(folder, "nats.conf");
      writeFileSync(file, read("deploy/nats.conf"));
      const given = environmentOf("nats-1")["NATS_PASSWORD"] ?? "";
      for (const password of ["secret", "12345", "1e5abc", "7k"]) {
        const NATS_PASSWORD = given.replace(/\$\{.*\}/u, password);
        const { status, stderr } = spawnSync(findNats()!, ["-t", "-c", file], {
          encoding: "utf8",
          env: { NATS_NAME: "nats-1", NATS_PASSWORD },
        });
        expect([password, status, stderr]).toEqual([password, 0, expect.any(String)]);
      }
    },
  );
});

describe("the units of systemd", () => {
  const unit = (file: string): ReadonlyMap<string, string> =>
    new Map(
      [...read(`deploy/systemd/${file}`).matchAll(/^(\w+)=(.*)$/gmu)].map(
        ([, name = "", value = ""]) => [name, value],
      ),
    );
  const maru = unit("maru.service");
  const weightOf = (of: ReadonlyMap<string, string>): number => Number(of.get("CPUWeight"));

  it.skipIf(spawnSync("systemd-analyze", ["--version"]).status !== 0)(
    "are what systemd takes",
    () => {
      const file = path.join(projectRoot, "deploy/systemd/maru.service");
      const { status, stderr } = spawnSync("systemd-analyze", ["verify", "--man=no", file], {
        encoding: "utf8",
      });
      const ofOurs = stderr.split("\n").filter((line) => line.includes("maru.service"));
      expect([status, ofOurs]).toEqual([0, []]);
    },
  );

  it.each(["sshd.conf", "sessions.conf"])("%s lets operators in before the node", (file) => {
    const operators = unit(file);
    expect(weightOf(operators)).toBeGreaterThan(10 * weightOf(maru));
    expect(operators.get("MemoryMin")).toMatch(/^\d+M$/u);
  });

  it("leave memory to others, and go on where some of the node had to go", () => {
    expect(Number.parseInt(maru.get("MemoryMax") ?? "", 10)).toBeLessThanOrEqual(90);
    expect(maru.get("OOMPolicy")).toBe("continue");
    expect(maru.get("Restart")).toBe("always");
  });

  it("let the operators' process have the priority that it asks for", () => {
    const [, niceness] = /^const niceness = (-\d+);$/mu.exec(read("src/operator-process.ts")) ?? [];
    expect(maru.get("LimitNICE")).toBe(niceness);
  });

  it("stop the node in order, in the time that it may take", () => {
    expect(maru.get("KillMode")).toBe("mixed");
    expect(Number(maru.get("TimeoutStopSec"))).toBeGreaterThan(40);
  });
});
