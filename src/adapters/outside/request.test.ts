import { afterEach, beforeEach, expect, it } from "vitest";
import { whole } from "../../../test/support/hostile-answers.ts";
import {
  openHostileWeb,
  publicAddress,
  type HostileWeb,
} from "../../../test/support/hostile-web.ts";
import { send } from "./request.ts";

let hostile: HostileWeb;
beforeEach(async () => {
  hostile = await openHostileWeb();
  hostile.answer("/", whole("a page"));
});
afterEach(() => hostile.close());

const asked = (url: string, addresses: readonly string[]) => ({
  url: new URL(url),
  addresses,
  headers: {},
  headerBytesMax: 16_384,
  idleMs: 2_000,
  ending: new AbortController(),
});

it("connects to the addresses that it is given, whatever the name is", async () => {
  const url = `http://name.example:${String(hostile.port)}/`;
  const response = await send({ ...asked(url, [publicAddress]), reach: () => true });
  response.destroy();
  expect(hostile.reached).toEqual([publicAddress]);
  expect(hostile.requests[0]?.headers["host"]).toBe(`name.example:${String(hostile.port)}`);
});

it("sends nothing where the connection leads elsewhere than was checked", async () => {
  const seen: string[] = [];
  const reach = (address: string): boolean => {
    seen.push(address);
    return false;
  };
  const sent = send({ ...asked(hostile.url("/"), [publicAddress]), reach });
  await expect(sent).rejects.toMatchObject({ fault: "forbidden_address" });
  expect(seen).toEqual([publicAddress]);
  await expect.poll(() => hostile.open()).toBe(0);
  expect(hostile.requests).toEqual([]);
});
