import { describe, expect, it } from "vitest";
import { answersBetween, hitShares, labelShares, parseMetrics } from "./metrics.ts";

const before = parseMetrics("# HELP x y\nmaru_a_hits_total 10\nmaru_a_misses_total 10\n");
const after = parseMetrics(
  "maru_a_hits_total 40\nmaru_a_misses_total 20\nmaru_b_hits_total 0\n" +
    'maru_http_request_seconds_count{method="GET",route="/v1/feed",status="3xx"} 7\n',
);

describe("metrics", () => {
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
