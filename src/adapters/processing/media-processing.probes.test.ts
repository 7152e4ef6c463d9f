import { expect, it, onTestFinished } from "vitest";
import { openDesk } from "../../../test/support/media-corpus/desk.ts";
import { newPhoto } from "../../../test/support/media-files.ts";

it("as many files as can be looked into in time wait for that, and no more", async () => {
  const desk = await openDesk();
  onTestFinished(() => desk.close());
  const photo = await newPhoto();
  const asked = await Promise.allSettled(Array.from({ length: 70 }, () => desk.probe(photo)));
  const refused = asked.filter(({ status }) => status === "rejected");
  expect(refused.length).toBeGreaterThan(0);
  expect(asked.length - refused.length).toBeGreaterThanOrEqual(65);
  expect(await desk.probe(photo)).toMatchObject({ kind: "image" });
});
