/** What the web client shows at an address, the server answers there, and not with 404. */
import { expect, it } from "vitest";
import { pageOf } from "../../src/modules/web/pages.ts";
import { paths } from "../../web/app/paths.ts";

const addresses: readonly (readonly [name: string, path: string])[] = Object.entries(paths).map(
  ([name, path]) => [name, typeof path === "string" ? path : path("someone")],
);

it.each(addresses)("the page %s has its place at the server: %s", (_, path) => {
  expect(pageOf(path).kind).not.toBe("other");
});
