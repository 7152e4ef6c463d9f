import { readFileSync } from "node:fs";
import autocannon from "autocannon";
import { seeded } from "../seed/chance.ts";
import type { ClosedLoad } from "./closed-model.ts";

/** What stands in for wrk: a process whose only argument is the load, as JSON. */
const load = JSON.parse(process.argv[2] ?? "") as ClosedLoad;
const random = seeded(1);
const usPerS = 1_000_000;

const linesOf = (file: string): string[] =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "");
const people = load.peopleFile === null ? [] : linesOf(load.peopleFile);
const bodies = load.bodiesFile === null ? [] : linesOf(load.bodiesFile);
const some = (list: readonly string[]): string => list[Math.floor(random() * list.length)] ?? "";

const result = await autocannon({
  url: load.url,
  connections: load.connections,
  duration: load.seconds,
  requests: [
    {
      method: load.method,
      path: load.path,
      setupRequest(request) {
        const [token = "", etag] = some(people).split(" ");
        const headers = {
          ...(token === "" ? {} : { authorization: `Bearer ${token}` }),
          ...(etag === undefined ? {} : { "if-none-match": etag }),
        };
        return bodies.length === 0
          ? { ...request, headers }
          : {
              ...request,
              headers: { ...headers, "content-type": "application/json" },
              body: some(bodies),
            };
      },
    },
  ],
});
process.stdout.write(
  `${JSON.stringify({
    requests: result.requests.total,
    us: result.duration * usPerS,
    bytes: result.throughput.total,
    failures: result["4xx"] + result["5xx"] + result.errors + result.timeouts,
  })}\n`,
);
