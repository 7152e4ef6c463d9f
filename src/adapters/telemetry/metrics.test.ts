import { expect, test } from "vitest";
import { createMetrics, renderMetrics } from "./metrics.ts";

test("counters, gauges and histograms are told as Prometheus reads them", async () => {
  const { metrics, snapshot } = createMetrics({ processMetrics: false });
  const counter = metrics.counter("maru_test_things", "Things.", ["kind"]);
  counter.add(2, { kind: "a" });
  counter.add(3, { kind: "a" });
  let size = 1;
  metrics.gauge("maru_test_size", "Size.", () => size);
  size = 7;
  let sizes: Record<string, number> = { a: 1, b: 2 };
  metrics.gauges("maru_test_sizes", "Sizes.", "kind", () => sizes);
  await snapshot();
  sizes = { a: 3 };
  metrics.histogram("maru_test_seconds", "Time.", [1, 5]).observe(3);
  const text = renderMetrics([await snapshot()]);
  expect(text).toContain('maru_test_things{kind="a"} 5');
  expect(text).toContain("maru_test_size 7");
  expect(text).toContain('maru_test_sizes{kind="a"} 3');
  expect(text).not.toContain('maru_test_sizes{kind="b"}');
  expect(text).toContain('maru_test_seconds_bucket{le="1"} 0');
  expect(text).toContain('maru_test_seconds_bucket{le="5"} 1');
});

test("a name that is asked for again is the same metric", async () => {
  const { metrics, snapshot } = createMetrics({ processMetrics: false });
  metrics.counter("maru_test_things", "Things.").add(1);
  metrics.counter("maru_test_things", "Things.").add(1);
  metrics.gauge("maru_test_size", "Size.", () => 1);
  metrics.gauge("maru_test_size", "Size.", () => 2);
  const text = renderMetrics([await snapshot()]);
  expect(text).toContain("maru_test_things 2");
  expect(text).toContain("maru_test_size 2");
});

test("requests are counted by route and class, into cumulative buckets", async () => {
  const { requests, snapshot } = createMetrics({ processMetrics: false });
  const observe = requests.route("GET", '/v1/"odd"');
  observe(200, 0.0004);
  observe(204, 0.03);
  observe(404, 60);
  const text = renderMetrics([await snapshot()]);
  const labels = 'method="GET",route="/v1/\\"odd\\""';
  expect(text).toContain(
    `maru_http_request_seconds_bucket{${labels},status="2xx",le="0.0005"} 1\n`,
  );
  expect(text).toContain(`maru_http_request_seconds_bucket{${labels},status="2xx",le="0.05"} 2\n`);
  expect(text).toContain(`maru_http_request_seconds_bucket{${labels},status="4xx",le="10"} 0\n`);
  expect(text).toContain(`maru_http_request_seconds_bucket{${labels},status="4xx",le="+Inf"} 1\n`);
  expect(text).toContain(`maru_http_request_seconds_count{${labels},status="2xx"} 2\n`);
  expect(text).toContain(`maru_http_request_seconds_sum{${labels},status="4xx"} 60\n`);
});

test("what several processes have measured is told as one", async () => {
  const [first, second] = [
    createMetrics({ processMetrics: false }),
    createMetrics({ processMetrics: false }),
  ];
  first.metrics.counter("maru_test_things", "Things.").add(1);
  second.metrics.counter("maru_test_others", "Others.").add(2);
  first.requests.route("GET", "/v1/feed")(200, 0.0004);
  second.requests.route("GET", "/v1/feed")(200, 0.3);
  second.requests.route("GET", "/livez")(200, 0.0004);
  const text = renderMetrics([await first.snapshot(), await second.snapshot()]);
  expect(text).toContain("maru_test_things 1\n");
  expect(text).toContain("maru_test_others 2\n");
  const count = "maru_http_request_seconds_count";
  expect(text).toContain(`${count}{method="GET",route="/v1/feed",status="2xx"} 2\n`);
  expect(text).toContain(`${count}{method="GET",route="/livez",status="2xx"} 1\n`);
  expect(text.match(/^# TYPE maru_http_request_seconds/gm)).toHaveLength(1);
});
