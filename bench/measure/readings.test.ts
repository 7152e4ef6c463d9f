import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { answersBetween, hitShares, labelShares, parseMetrics } from "./metrics.ts";
import { countStates } from "./sockets.ts";
import { median, slope, spread } from "./statistics.ts";

const table = [
  "  sl  local_address rem_address   st tx_queue",
  "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000",
  "   1: 0100007F:1F90 0100007F:C001 01 00000000:00000000",
  "   2: 0100007F:1F90 0100007F:C002 01 00000000:00000000",
  "   3: 0100007F:1F90 0100007F:C003 08 00000000:00000000",
  "   4: 0100007F:C001 0100007F:1F90 01 00000000:00000000",
  "",
].join("\n");

const before = parseMetrics("# HELP x y\nmaru_a_hits_total 10\nmaru_a_misses_total 10\n");
const after = parseMetrics(
  "maru_a_hits_total 40\nmaru_a_misses_total 20\nmaru_b_hits_total 0\n" +
    'maru_http_request_seconds_count{method="GET",route="/v1/feed",status="3xx"} 7\n',
);

describe("readings", () => {
  it("count the sockets of one port, on its own side, by state", () => {
    expect(countStates(table, 8080)).toEqual({ LISTEN: 1, ESTABLISHED: 2, CLOSE_WAIT: 1 });
    expect(countStates(table, 1)).toEqual({});
  });

  it("give the share of hits between two looks at the metrics, where there were any", () => {
    expect(hitShares(before, after)).toEqual({ a_hit_share: 0.75 });
  });

  it("give the share of each value of a label", () => {
    const [first, second] = ["3", "9"].map((whole) =>
      parseMetrics(`maru_p_total{memory="whole"} ${whole}\nmaru_p_total{memory="lists"} 2\n`),
    );
    const none = parseMetrics("");
    expect(labelShares(none, first ?? none, "maru_p_total")).toEqual({
      whole_share: 0.6,
      lists_share: 0.4,
    });
    expect(labelShares(first ?? none, second ?? none, "maru_p_total")).toEqual({
      whole_share: 1,
      lists_share: 0,
    });
    expect(labelShares(first ?? none, first ?? none, "maru_p_total")).toEqual({});
  });

  it("count the answers of a route by class", () => {
    const wanted = { route: "/v1/feed", status: "3xx" };
    expect(answersBetween(before, after, wanted)).toBe(7);
    expect(answersBetween(before, after, { ...wanted, status: "2xx" })).toBe(0);
  });
});

describe("statistics", () => {
  it("find the slope of a line, wherever it is looked at", () => {
    const places = fc.uniqueArray(fc.integer({ min: -1_000, max: 1_000 }), { minLength: 2 });
    fc.assert(
      fc.property(places, fc.integer({ min: -50, max: 50 }), fc.integer(), (xs, rise, from) => {
        const points = xs.map((x) => ({ x, y: from + rise * x }));
        expect(slope(points)).toBeCloseTo(rise, 3);
      }),
    );
  });

  it("have no slope for a single point, and no spread for values that are the same", () => {
    expect(slope([{ x: 1, y: 2 }])).toBe(0);
    expect(spread([0, 0, 0])).toBe(0);
  });

  it("take the middle value, not the mean", () => {
    expect(median([100, 1, 2])).toBe(2);
    expect(spread([100, 1, 2])).toBe(49.5);
  });
});
