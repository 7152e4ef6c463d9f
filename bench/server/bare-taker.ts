import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

/**
 * The yardstick of uploads: a bare node:http server that writes what it is sent to the disk, waits until it is
 * there, and says so. Its only argument is a folder.
 */
const folder = process.argv[2] ?? "";
const answer = JSON.stringify({ media: { id: "1" } });

async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const file = join(folder, randomUUID());
  await pipeline(request, createWriteStream(file, { flush: true }));
  response.writeHead(201, { "content-type": "application/json" }).end(answer);
  await rm(file);
}

const server = createServer((request, response) => {
  void take(request, response);
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${String((server.address() as AddressInfo).port)}\n`);
});
