import { writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";
import { contextOf } from "../../../test/support/ask-module.ts";
import { openMediaWorld } from "../../../test/support/media-world.ts";

it("the picture of a link is kept by its path, whatever operators set in front of it", async () => {
  const world = await openMediaWorld({ baseUrl: "https://cdn.example" });
  const { contract } = world.media;
  const folder = await contract.workFolder();
  const file = path.join(folder.path, "picture");
  await writeFile(file, "photo of a page");
  const context = contextOf(null);
  const id = world.test.ids.mint();
  const kept = await contract.keepPreview(context, id, file, AbortSignal.timeout(10_000));
  await folder.remove();
  expect(kept).toMatch(/^\/media\/\d+\.[\w-]+\/[\w.]+$/);
  expect(contract.previewUrl(kept ?? "")).toBe(`https://cdn.example${kept ?? ""}`);
  expect(await world.read(contract.previewUrl(kept ?? ""))).toMatchObject({ status: 200 });
  await world.close();
});
