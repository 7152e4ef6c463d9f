import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { getRoute, postRoute, startTestHost } from "../../test/support/http.ts";
import { systemClock } from "../adapters/system/clock.ts";
import { unavailable } from "../kernel/problem.ts";
import { RecordSilent } from "../ports/record.ts";
import { unguarded } from "./load-guard.ts";
import { httpSettingsDefault } from "./settings.ts";

test("a client that goes while it is looked up leaves nothing behind, and nothing is done for it", async () => {
  const { promise: lookedUp, resolve: letGo } = Promise.withResolvers<null>();
  let asked = 0;
  let handled = 0;
  const route = postRoute(
    "/v1/things",
    () => {
      handled += 1;
      return { status: 201, body: 1 };
    },
    { viewer: "required" },
  );
  const server = await startTestHost([route], {
    authenticate: async () => {
      asked += 1;
      await lookedUp;
      return { accountId: 1n, sessionId: 1n };
    },
  });
  onTestFinished(() => server.host.close());
  const body = '{"text":"a"}';
  const client = connect({ host: "127.0.0.1", port: server.port });
  client.write(
    "POST /v1/things HTTP/1.1\r\nhost: a\r\nauthorization: Bearer abc\r\n" +
      `content-type: application/json\r\ncontent-length: ${String(body.length)}\r\n\r\n${body}`,
  );
  await expect.poll(() => asked).toBe(1);
  expect(await server.renderMetrics()).toContain("maru_http_main_in_flight 1");
  client.destroy();
  await expect.poll(server.renderMetrics).toContain("maru_http_main_connections 0");
  letGo(null);
  await expect.poll(server.renderMetrics).toContain("maru_http_main_in_flight 0");
  expect(handled).toBe(0);
});

test("a request whose time was up before its turn is not begun", async () => {
  let nowMs = 0;
  let mayServe = false;
  let handled = 0;
  const route = getRoute("/v1/quick", () => {
    handled += 1;
    return { status: 200, body: 1 };
  });
  const server = await startTestHost([route], {
    // Guarded, because who waits is told with the rest of the guard.
    settings: { ...httpSettingsDefault, load: { ...unguarded, adaptiveLimit: true } },
    mayServe: () => mayServe,
    clock: { ...systemClock, monotonicMs: () => nowMs },
  });
  onTestFinished(() => server.host.close());
  const ask = (ms: string): Promise<Response> =>
    server.fetch("/v1/quick", { headers: { "maru-deadline-ms": ms } });
  const answers = [ask("50"), ask("5000")];
  await expect.poll(server.renderMetrics).toContain("maru_http_waiting 2");
  nowMs = 100;
  mayServe = true;
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  expect(statuses).toEqual([503, 200]);
  expect(handled).toBe(1);
});

test("a record that is silent lowers no limit: that says nothing of how much there is to do", async () => {
  const writes = postRoute("/v1/things", () => {
    throw unavailable({ retryAfterS: 1, cause: new RecordSilent("it does not answer") });
  });
  const server = await startTestHost([writes], {
    settings: { ...httpSettingsDefault, load: { ...unguarded, adaptiveLimit: true } },
  });
  onTestFinished(() => server.host.close());
  const post = {
    method: "POST",
    body: '{"text":"a"}',
    headers: { "content-type": "application/json" },
  };
  const endMs = performance.now() + 1_500;
  while (performance.now() < endMs) {
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => server.fetch("/v1/things", post)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
  }
  expect(await server.renderMetrics()).toContain("maru_http_write_limit 256");
});
