import { createServer, type Server } from "node:https";
import { networkInterfaces } from "node:os";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeCertificate } from "../../../test/support/certificate.ts";
import { redirect, whole } from "../../../test/support/hostile-answers.ts";
import {
  openHostileWeb,
  publicAddress,
  type HostileWeb,
} from "../../../test/support/hostile-web.ts";
import { noMetrics } from "../../../test/support/record.ts";
import type { OutsideWeb, Wanted } from "../../ports/outside-web.ts";
import { createOutsideWeb, type OutsideWebOptions } from "./outside-web.ts";

/** Nothing of this machine but one address may be reached, and the server sees what is. */
const page: Wanted = { accept: "text/html", bytesMax: 65_536, ifLarger: "cut" };

let hostile: HostileWeb;
let opened: OutsideWeb[];

beforeEach(async () => {
  hostile = await openHostileWeb();
  opened = [];
  hostile.answer("/", whole("a page"));
});

afterEach(async () => {
  await Promise.all(opened.map((web) => web.close()));
  await hostile.close();
});

function open(options: Partial<OutsideWebOptions> = {}, port = hostile.port): OutsideWeb {
  const web = createOutsideWeb({
    metrics: noMetrics,
    userAgent: "MaruBot/0",
    allow: [publicAddress],
    limits: { ports: [port] },
    ...options,
  });
  opened.push(web);
  return web;
}

async function get(url: string, web = open()): Promise<string> {
  const came = await web.get(url, page, new AbortController().signal);
  return "fault" in came ? came.fault : Buffer.from(came.bytes).toString();
}

/** Names in tests, each with what it resolves to at its first look-up, its second and so on. */
function names(answers: Readonly<Record<string, readonly (readonly string[])[]>>): {
  readonly resolve: (name: string) => Promise<readonly string[]>;
  readonly asked: string[];
} {
  const asked: string[] = [];
  return {
    asked,
    async resolve(name) {
      const before = asked.filter((one) => one === name).length;
      asked.push(name);
      const turns = answers[name] ?? [];
      const addresses = turns[Math.min(before, turns.length - 1)];
      if (addresses === undefined) {
        throw new Error("no such name");
      }
      return addresses;
    },
  };
}

const own = Object.values(networkInterfaces())
  .flat()
  .flatMap((found) => (found === undefined || found.internal ? [] : [found.address]))
  .filter((address) => !address.startsWith("fe80"));

const loopbacks = [
  "127.0.0.1",
  "127.0.0.3",
  "127.255.255.254",
  "localhost",
  "LOCALHOST.",
  "2130706433",
  "0x7f000001",
  "0x7f.0.0.1",
  "0177.0.0.1",
  "017700000001",
  "127.1",
  "127.0.1",
  "127.0.0.1.",
  "%31%32%37.0.0.1",
  "①②⑦.⓪.⓪.①",
  "127。0。0。1",
  "0.0.0.0",
  "0",
  "[::]",
  "[::1]",
  "[0:0:0:0:0:0:0:1]",
  "[::ffff:127.0.0.1]",
  "[::ffff:7f00:1]",
  "[::127.0.0.1]",
  "[64:ff9b::127.0.0.1]",
  "[2002:7f00:1::]",
  ...own.map((address) => (address.includes(":") ? `[${address}]` : address)),
];

describe("what is not for everybody", () => {
  const resolve = async (): Promise<readonly string[]> => ["127.0.0.1", "::1"];

  it.each(loopbacks)("is not reached: %s", async (host) => {
    const url = `http://${host}:${String(hostile.port)}/`;
    expect(await get(url, open({ resolve }))).toBe("forbidden_address");
    expect(hostile.reached).toEqual([]);
  });

  it.each(loopbacks)("is not reached by a redirect: %s", async (host) => {
    hostile.answer("/away", redirect(`http://${host}:${String(hostile.port)}/`));
    hostile.answer("/further", redirect("/away"));
    expect(await get(hostile.url("/further"), open({ resolve }))).toBe("forbidden_address");
    expect(hostile.reached).toEqual([publicAddress, publicAddress]);
  });

  it.each([
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://[::ffff:a9fe:a9fe]/latest/meta-data/",
    "https://10.0.0.1/",
    "http://192.168.0.1/",
    "http://100.100.100.200/",
    "//169.254.169.254/",
  ])("is not reached by a redirect: %s", async (location) => {
    hostile.answer("/away", redirect(location));
    const web = open({ limits: { ports: [hostile.port, 80, 443] } });
    expect(await get(hostile.url("/away"), web)).toBe("forbidden_address");
  });

  it("is not reached by names that lead there, alone or beside another address", async () => {
    const { resolve: ask } = names({
      "inside.example": [["127.0.0.1"]],
      "both.example": [[publicAddress, "127.0.0.1"]],
      "six.example": [["::1"]],
      "mapped.example": [["::ffff:127.0.0.1"]],
      "odd.example": [["0177.0.0.1"]],
      "local.example": [["fe80::1%lo"]],
      "none.example": [[]],
    });
    const web = open({ resolve: ask });
    const from = (name: string): Promise<string> =>
      get(`http://${name}.example:${String(hostile.port)}/`, web);
    for (const name of ["inside", "both", "six", "mapped", "odd", "local"]) {
      expect(await from(name), name).toBe("forbidden_address");
    }
    expect(await from("none")).toBe("unreachable");
    expect(await from("unknown")).toBe("unreachable");
    expect(hostile.reached).toEqual([]);
  });

  it("is not reached by a name that leads elsewhere the next time", async () => {
    const { resolve: ask, asked } = names({ "rebound.example": [[publicAddress], ["127.0.0.1"]] });
    const web = open({ resolve: ask });
    const url = `http://rebound.example:${String(hostile.port)}/`;
    // What is connected to is what was checked: there is no second look-up.
    expect(await get(url, web)).toBe("a page");
    expect(asked).toHaveLength(1);
    expect(await get(url, web)).toBe("forbidden_address");
    expect(hostile.reached).toEqual([publicAddress]);
  });

  it("is not reached by a redirect to a name that has moved meanwhile", async () => {
    const { resolve: ask } = names({ "rebound.example": [[publicAddress], ["127.0.0.1"]] });
    hostile.answer("/away", redirect("/"));
    const url = `http://rebound.example:${String(hostile.port)}/away`;
    expect(await get(url, open({ resolve: ask }))).toBe("forbidden_address");
    expect(hostile.reached).toEqual([publicAddress]);
  });

  it("is not reached on ports that are not for pages", async () => {
    const web = createOutsideWeb({ metrics: noMetrics, userAgent: "x", allow: [publicAddress] });
    opened.push(web);
    expect(await get(hostile.url("/"), web)).toBe("forbidden_address");
    for (const port of ["22", "25", "5432", "6379", "9090", "65535"]) {
      expect(await get(`http://${publicAddress}:${port}/`, web)).toBe("forbidden_address");
    }
    expect(hostile.reached).toEqual([]);
  });

  it("is what this machine has, though it looks public", async () => {
    const web = open({
      resolve: async () => ["8.8.8.8"],
      own: () => ["8.8.8.8"],
      limits: { ports: [80] },
    });
    expect(await get("http://own.example/", web)).toBe("forbidden_address");
  });

  it("may be forbidden besides", async () => {
    expect(await get(hostile.url("/"), open({ forbid: ["127.0.0.0/8"] }))).toBe(
      "forbidden_address",
    );
    expect(await get(hostile.url("/"))).toBe("a page");
  });
});

describe("by TLS", () => {
  const name = "secure.example";
  const certificate = makeCertificate(name);
  let server: Server;
  let port: number;
  let served: unknown[];

  beforeEach(async () => {
    served = [];
    server = createServer(certificate, (request, response) => {
      served.push("servername" in request.socket ? request.socket.servername : null);
      response.end("a secure page");
    });
    await new Promise<void>((resolve) => server.listen(0, publicAddress, resolve));
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const secure = (options: Partial<OutsideWebOptions>): OutsideWeb =>
    open({ resolve: async () => [publicAddress], ...options }, port);

  it("a page comes from who can prove the name", async () => {
    const web = secure({ authorities: certificate.cert });
    expect(await get(`https://${name}:${String(port)}/`, web)).toBe("a secure page");
    expect(served).toEqual([name]);
    expect(await get(`https://other.example:${String(port)}/`, web)).toBe("unreachable");
  });

  it("a page does not come from who proves nothing", async () => {
    expect(await get(`https://${name}:${String(port)}/`, secure({}))).toBe("unreachable");
    expect(await get(`http://${name}:${String(port)}/`, secure({}))).toBe("broken");
    expect(served).toEqual([]);
  });

  it("what is forbidden is not reached", async () => {
    const web = secure({ resolve: async () => ["127.0.0.1"], authorities: certificate.cert });
    expect(await get(`https://${name}:${String(port)}/`, web)).toBe("forbidden_address");
    expect(served).toEqual([]);
  });
});
