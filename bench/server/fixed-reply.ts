import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** The yardstick: a bare node:http server that always gives the same bytes. Its only argument is how many. */
const body = Buffer.alloc(Number(process.argv[2] ?? "10000"), "x");

const server = createServer((_request, response) => {
  response.writeHead(200, {
    "content-type": "application/json; charset=utf-8",
    "content-length": body.length,
  });
  response.end(body);
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${String((server.address() as AddressInfo).port)}\n`);
});
