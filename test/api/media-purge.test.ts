import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { expectStatus, usualPassword, type Person } from "../support/api-client.ts";
import { freePorts } from "../../tools/free-ports.ts";
import { startedApi } from "./started-api.ts";
import { storytellers } from "./storytelling.ts";
import { addressesOf, readFile, readyPhoto } from "./uploading.ts";

/** A cache in front of the files, as far as it is told what to forget. */
let cache: Server;
let purged: string[] = [];
let refusals = 0;

const [port = 0] = await freePorts(1);
const world = startedApi({
  settings: { MARU_MEDIA_PURGE_URL: `http://127.0.0.1:${port}/purge` },
});
const newPerson = storytellers(world);
const toldWithin = { timeout: 40_000 };

beforeAll(async () => {
  cache = createServer((request, response) => {
    if (refusals > 0) {
      refusals -= 1;
      response.statusCode = 503;
    } else {
      purged.push(`${request.method ?? ""} ${request.url ?? ""}`);
    }
    response.end();
  });
  await new Promise<void>((resolve) => cache.listen(port, "127.0.0.1", resolve));
  expect((cache.address() as AddressInfo).port).toBe(port);
});
afterAll(() => {
  cache.closeAllConnections();
  cache.close();
});
beforeEach(() => {
  purged = [];
  refusals = 0;
});

/** A public story with a photo, and the addresses by which everybody reads it. */
async function published(author: Person): Promise<{ id: string; addresses: readonly string[] }> {
  const photo = await readyPhoto(author);
  const { id } = await author.publish("look", { mediaIds: [photo.id] });
  let addresses: readonly string[] = [];
  await expect
    .poll(async () => {
      const [media] = (await author.get(`/v1/stories/${id}`)).body.story.media;
      addresses = media === undefined ? [] : addressesOf(media);
      return addresses.some((address) => address.includes("?"));
    })
    .toBe(false);
  return { id, addresses };
}

const orders = (addresses: readonly string[]): readonly string[] =>
  addresses.map((address) => `PURGE /purge${address}`);

describe("a cache in front", () => {
  it("may keep what is public for long, and nothing else", async () => {
    const author = await newPerson();
    const { addresses } = await published(author);
    const { headers } = await readFile(world.api, addresses[0] ?? null);
    expect(headers.get("cache-control")).toBe("public, max-age=60, s-maxage=31536000");
    const own = await readyPhoto(author);
    const signed = await readFile(world.api, own.url);
    expect(signed.headers.get("cache-control")).toBe("private, max-age=3600, immutable");
  });

  it("may keep for long what it is told to forget, by no other address of the same", async () => {
    const author = await newPerson();
    const own = await readyPhoto(author);
    const [, signature = ""] = (own.url ?? "").split("?");
    const { id } = await author.publish("for friends", {
      mediaIds: [own.id],
      visibility: "friends",
    });
    expectStatus(await author.patch(`/v1/stories/${id}`, { visibility: "public" }), 200);
    const [path = ""] = (own.url ?? "").split("?");
    const keptFor = async (address: string): Promise<string | null> => {
      const { status, headers } = await readFile(world.api, address);
      return status === 200 ? headers.get("cache-control") : null;
    };
    await expect.poll(() => keptFor(path)).toMatch(/s-maxage/);
    for (const query of [`s=${signature.slice(2)}`, `x=1&${signature}`, "s=", "s=x"]) {
      expect([query, await keptFor(`${path}?${query}`)]).toEqual([
        query,
        "private, max-age=3600, immutable",
      ]);
    }
    const digit = `%${(path.at(-6) ?? "").charCodeAt(0).toString(16)}`;
    const encoded = `${path.slice(0, -6)}${digit}${path.slice(-5)}`;
    for (const other of [`${path}?x=1`, `${path}?S=1`, `${path}?&`, encoded]) {
      expect([other, await keptFor(other)]).toEqual([other, "public, max-age=60"]);
    }
  });

  it.each([
    [
      "narrowed",
      async (author: Person, id: string) =>
        author.patch(`/v1/stories/${id}`, { visibility: "friends" }),
    ],
    ["deleted", async (author: Person, id: string) => author.delete(`/v1/stories/${id}`)],
    [
      "its author's no more, who has gone",
      async (author: Person) => author.delete("/v1/accounts/me", { password: usualPassword }),
    ],
  ] as const)("is told to forget every address of a photo whose story is %s", async (_how, end) => {
    const author = await newPerson();
    const { id, addresses } = await published(author);
    expect(purged).toEqual([]);
    expect((await end(author, id)).status).toBeLessThan(300);
    await expect.poll(() => new Set(purged), toldWithin).toEqual(new Set(orders(addresses)));
    // Once more, when no node gives it out any more.
    await expect.poll(() => purged.length, toldWithin).toBe(2 * addresses.length);
    expect((await readFile(world.api, addresses[0] ?? null)).status).toBe(404);
  });

  it("that does not take it is told again until it does", async () => {
    const author = await newPerson();
    const { id, addresses } = await published(author);
    refusals = 2;
    expectStatus(await author.delete(`/v1/stories/${id}`), 204);
    await expect
      .poll(() => orders(addresses).every((order) => purged.includes(order)), toldWithin)
      .toBe(true);
    expect(refusals).toBe(0);
  });
});
