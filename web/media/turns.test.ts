import { beforeEach, describe, expect, it } from "vitest";
import { createTurns, type Seat, type Turns } from "./turns.ts";

let turns: Turns;
let playing: Set<string>;
let asked: number;

beforeEach(() => {
  turns = createTurns();
  playing = new Set();
  asked = 0;
});

function player(name: string, isByItself = true): Seat {
  return turns.join({
    isByItself,
    play: () => {
      playing.add(name);
      asked += 1;
    },
    stop: () => playing.delete(name),
  });
}

describe("what moves on a page", () => {
  it("plays when half of it is seen, and stops when it is not", () => {
    const seat = player("a");
    seat.saw(0.4);
    expect([...playing]).toEqual([]);
    seat.saw(0.5);
    expect([...playing]).toEqual(["a"]);
    seat.saw(0.2);
    expect([...playing]).toEqual([]);
  });

  it("plays one at a time: what began goes on, and the next follows when it is gone", () => {
    const [a, b] = [player("a"), player("b")];
    a.saw(0.6);
    b.saw(1);
    expect([...playing]).toEqual(["a"]);
    a.leave();
    expect([...playing]).toEqual(["b"]);
  });

  it("plays only by hand where it must not by itself", () => {
    const seat = player("a", false);
    seat.saw(1);
    expect([...playing]).toEqual([]);
    seat.wantPlay();
    expect([...playing]).toEqual(["a"]);
  });

  it("is asked anew by hand when it is its turn, since the browser may have stopped it", () => {
    const seat = player("a");
    seat.saw(1);
    seat.wantPlay();
    expect(asked).toBe(2);
  });

  it("plays by hand also where less than half can be seen, until it is out of sight", () => {
    const seat = player("a");
    seat.saw(0.3);
    seat.wantPlay();
    seat.saw(0.2);
    expect([...playing]).toEqual(["a"]);
    seat.saw(0);
    seat.saw(0.3);
    expect([...playing]).toEqual([]);
  });

  it("gives way to what somebody asked for, and stays stopped by hand while it is seen", () => {
    const [a, b] = [player("a"), player("b")];
    a.saw(1);
    b.saw(1);
    b.wantPlay();
    expect([...playing]).toEqual(["b"]);
    a.wantPlay();
    expect([...playing]).toEqual(["a"]);
    a.wantStop();
    expect([...playing]).toEqual(["b"]);
    b.wantStop();
    expect([...playing]).toEqual([]);
    a.saw(0);
    a.saw(1);
    expect([...playing]).toEqual(["a"]);
  });

  it("rests while something else is open above it", () => {
    const seat = player("a");
    seat.saw(1);
    const goOn = turns.rest();
    expect([...playing]).toEqual([]);
    goOn();
    goOn();
    expect([...playing]).toEqual(["a"]);
  });
});
