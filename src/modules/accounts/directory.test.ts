import { expect, test } from "vitest";
import { internalContext } from "../../kernel/context.ts";
import type { RecordPort } from "../../ports/record.ts";
import { createMediaStub } from "../../../test/support/media-stub.ts";
import { noMetrics } from "../../../test/support/record.ts";
import { createDirectory } from "./directory.ts";

const id = 5n << 40n;

test("a change is told to who keeps what was made of an account, also if memory has read it already", async () => {
  const row = {
    id,
    handle: "one",
    name: "New name",
    bio: "",
    locale: "en",
    time_zone: "UTC",
    privacy: "everyone",
    status: "active",
    avatar: null,
    version: 2,
  };
  const record = { read: () => Promise.resolve([row]) } as Partial<RecordPort> as RecordPort;
  const directory = createDirectory({ record, metrics: noMetrics, media: createMediaStub });
  const told: unknown[] = [];
  directory.watch((...change) => told.push(change));
  // The row is read after the commit and before its event comes.
  expect(await directory.account(internalContext("test"), id)).toMatchObject({ version: 2 });
  directory.changed(id, 2);
  expect(told).toEqual([[id, 2]]);
  expect(directory.held(id)).toMatchObject({ summary: { name: "New name" } });
});
