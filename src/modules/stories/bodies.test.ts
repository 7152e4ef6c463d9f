import { expect, test } from "vitest";
import { internalContext } from "../../kernel/context.ts";
import type { EventEnvelope } from "../../ports/log.ts";
import type { RecordPort } from "../../ports/record.ts";
import { createMediaStub } from "../../../test/support/media-stub.ts";
import { noMetrics, realClock } from "../../../test/support/record.ts";
import { createBodies } from "./bodies.ts";

const id = 5n << 40n;

test("an edit is told to who keeps what was made of a story, also if memory has read it already", async () => {
  const row = {
    id,
    authorId: 7n,
    version: 2,
    visibility: "public",
    status: "live",
    text: "edited",
    lang: "en",
    media: [],
    link: null,
    editedAt: null,
  };
  const record = { read: () => Promise.resolve([row]) } as Partial<RecordPort> as RecordPort;
  const bodies = createBodies({
    record,
    clock: realClock,
    media: createMediaStub,
    metrics: noMetrics,
    bytesMax: 1024 ** 2,
  });
  const told: unknown[] = [];
  bodies.watch((...change) => told.push(change));
  // The row is read after the commit and before its event comes.
  expect(await bodies.find(internalContext("test"), [id])).toMatchObject([{ version: 2 }]);
  const event = {
    type: "stories.edited.v1",
    aggregate: { type: "story", id, version: 2 },
  } as Partial<EventEnvelope> as EventEnvelope;
  await bodies.view.apply(event, { repeated: false });
  expect(told).toEqual([[id, 2]]);
  expect(bodies.held(id)).toMatchObject({ version: 2 });
});
