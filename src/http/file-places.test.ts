import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { expect, test } from "vitest";
import { createFilePlaces, type FilePlace, type FilePlaces } from "./file-places.ts";

function start(atOnceMax: number) {
  let nowMs = 0;
  const places: FilePlaces = createFilePlaces({ atOnceMax, monotonicMs: () => nowMs });
  return {
    places,
    pass(ms: number): void {
      nowMs += ms;
    },
    take(): { readonly response: ServerResponse; readonly place: FilePlace | null } {
      const response = new ServerResponse(new IncomingMessage(new Socket()));
      return { response, place: places.take(response) };
    },
  };
}

test("there are only so many, and one is free again when its response has closed", () => {
  const { places, take } = start(2);
  const first = take();
  take();
  expect([take().place, places.count()]).toEqual([null, 2]);
  first.response.emit("close");
  expect([take().place === null, places.count()]).toEqual([false, 2]);
});

test("who has taken nothing for a while makes room; who takes something, or waits for it, stays", () => {
  const { places, take, pass } = start(3);
  const [idle, busy] = [take(), take()];
  const opening = take();
  idle.place?.progressed();
  busy.place?.progressed();
  pass(4_900);
  busy.place?.progressed();
  expect(take().place).toBeNull();
  pass(100);
  // It was looked just now.
  expect(take().place).toBeNull();
  pass(150);
  expect(take().place).not.toBeNull();
  expect([idle, busy, opening].map(({ response }) => response.destroyed)).toEqual([
    true,
    false,
    false,
  ]);
  // What is told of one that is gone takes no place.
  idle.place?.progressed();
  expect(places.count()).toBe(3);
});
