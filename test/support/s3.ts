import type { IncomingHttpHeaders } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import S3rver from "s3rver";
import type { S3BlobsOptions } from "../../src/adapters/s3/blobs.ts";
import { createS3Store } from "./s3-store.ts";

/** A store that speaks S3, on this machine, with one bucket. */
export interface TestS3 {
  readonly port: number;
  /** How a node reaches it, which has its key; perhaps through another port. */
  options(port?: number): S3BlobsOptions;
  /** Requests so far, as "METHOD /path?query". */
  readonly requests: readonly string[];
  /** Headers of the last one. */
  headers(): IncomingHttpHeaders;
  /** How many answers are under way. */
  held(): number;
  /** How many connections are open. */
  connections(): Promise<number>;
  /** Multipart uploads that have come to no end. */
  uploads(): readonly string[];
  /** As "key content-type". */
  objects(): readonly string[];
  /** From now on answers so what this picks; what it gives null for is answered as ever. */
  answerInstead(pick: Pick): void;
  stop(): Promise<void>;
}

/** What it promises is waited for. */
type Pick = (request: string) => InsteadOfAnswer | null | Promise<null>;

export interface InsteadOfAnswer {
  readonly status: number;
  readonly body: string;
}

const bucket = "maru-test";
/** s3rver has one account. It looks at the key, and not at the signature. */
const credentials = { accessKeyId: "S3RVER", secretAccessKey: "S3RVER" };

/** S3's own form of a refusal. */
export function refusal(status: number, code: string): InsteadOfAnswer {
  return { status, body: `<Error><Code>${code}</Code><Message>so it is</Message></Error>` };
}

export async function startS3(): Promise<TestS3> {
  const folder = await mkdtemp(join(tmpdir(), "maru-s3-"));
  const server = new S3rver({ address: "127.0.0.1", port: 0, silent: true, directory: folder });
  const store = createS3Store(folder, bucket);
  server.store = store.forServer;
  server.context.store = store.forServer;
  server.on("error", () => undefined);

  const requests: string[] = [];
  let headers: IncomingHttpHeaders = {};
  let pick: Pick = () => null;
  server.middleware.unshift(async (context, next) => {
    const request = `${context.method} ${context.url}`;
    requests.push(request);
    headers = { ...context.headers };
    const upload = /^DELETE .*[?&]uploadId=([0-9a-f]+)/.exec(request)?.[1];
    const instead = await pick(request);
    if (instead !== null) {
      context.type = "application/xml";
      context.status = instead.status;
      context.body = instead.body;
    } else if (upload !== undefined) {
      await store.abort(upload);
      context.status = 204;
    } else {
      await next();
    }
  });
  const { port } = await server.run();
  let held = 0;
  server.httpServer.on("request", (_, response) => {
    held += 1;
    response.on("close", () => (held -= 1));
  });

  return {
    port,
    options: (at = port) => ({
      bucket,
      prefix: "blobs",
      endpoint: `http://127.0.0.1:${at}`,
      region: "us-east-1",
      pathStyle: true,
      credentials,
      readersMax: 64,
    }),
    requests,
    headers: () => headers,
    held: () => held,
    connections: () =>
      new Promise((resolve) => {
        server.httpServer.getConnections((_, count) => {
          resolve(count);
        });
      }),
    uploads: store.uploads,
    objects: store.objects,
    answerInstead(next) {
      pick = next;
    },
    async stop() {
      server.httpServer.closeAllConnections();
      await server.close();
      await rm(folder, { recursive: true });
    },
  };
}
