import { createReadStream, readFileSync } from "node:fs";
import { stat } from "node:fs/promises";
import { Agent, request, type IncomingHttpHeaders } from "node:http";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { setTimeout as pause } from "node:timers/promises";
import { createTokens } from "./traffic.ts";
import type { Upload, UploadLine, UploadPlan } from "./upload-plan.ts";

/**
 * A process that uploads: its only argument is a file with a plan. It writes a line of JSON when it has begun
 * and one with its result, and begins no further upload once its input has ended.
 */
const plan = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as UploadPlan;

const msPerS = 1_000;
const pieceBytes = 64 * 1024;
const created = 201;
const noContent = 204;
/** Whoever is refused does not come again at once. */
const afterFailureMs = 200;
const boundary = "maru-bench";
const tusVersion = { "tus-resumable": "1.0.0" };

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
const tokens = createTokens(plan);
const nowMs = (): number => performance.timeOrigin + performance.now();

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly token: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Buffer> | null;
}

interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function send({ method, path, token, headers, body }: Sent): Promise<Answered> {
  const sending = request({
    agent,
    method,
    path,
    host: "127.0.0.1",
    port: plan.port,
    headers: { authorization: `Bearer ${token}`, ...headers },
  });
  const answered = new Promise<Answered>((resolve, reject) => {
    sending.once("error", reject);
    sending.once("response", (response) => {
      text(response).then((read) => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: read });
      }, reject);
    });
  });
  // Who refuses it may end it before all of it is sent; then the answer counts.
  pipeline(Readable.from(body ?? []), sending).catch(() => undefined);
  return answered;
}

/** No faster than the network that is played. */
async function* paced(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const fromMs = nowMs();
  let sent = 0;
  for await (const piece of pieces) {
    yield piece;
    sent += piece.length;
    if (plan.bytesPerS !== null) {
      await pause(Math.max(0, fromMs + (sent / plan.bytesPerS) * msPerS - nowMs()));
    }
  }
}

const bytesOf = (file: string, from: number, to: number): AsyncIterable<Buffer> =>
  paced(createReadStream(file, { start: from, end: to - 1, highWaterMark: pieceBytes }));

async function* formOf(file: string, bytes: number, [head, tail]: readonly [Buffer, Buffer]) {
  yield head;
  yield* bytesOf(file, 0, bytes);
  yield tail;
}

class Refused extends Error {
  override readonly name = "Refused";
}

function expecting(wanted: number, { status, headers, body }: Answered): Answered {
  if (status !== wanted) {
    throw new Refused(`status ${String(status)} ${codeIn(headers, body)}`.trim());
  }
  return { status, headers, body };
}

function codeIn(headers: IncomingHttpHeaders, body: string): string {
  const isProblem = headers["content-type"]?.includes("problem+json") === true;
  return isProblem ? (JSON.parse(body) as { code: string }).code : "";
}

/** The new item's id. */
async function uploadForm(file: string, token: string): Promise<string> {
  const { size } = await stat(file);
  const head = Buffer.from(
    `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="file"\r\n` +
      `Content-Type: ${plan.contentType}\r\n\r\n`,
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const answer = await send({
    method: "POST",
    path: "/v1/media",
    token,
    headers: {
      "content-type": `multipart/form-data; boundary=${boundary}`,
      "content-length": String(head.length + size + tail.length),
    },
    body: formOf(file, size, [head, tail]),
  });
  return (JSON.parse(expecting(created, answer).body) as { media: { id: string } }).media.id;
}

async function uploadInChunks(file: string, token: string, chunkBytes: number): Promise<string> {
  const { size } = await stat(file);
  const begun = await send({
    method: "POST",
    path: "/v1/uploads",
    token,
    headers: {
      ...tusVersion,
      "content-length": "0",
      "upload-length": String(size),
      "upload-metadata": `filetype ${Buffer.from(plan.contentType).toString("base64")}`,
    },
    body: null,
  });
  const path = expecting(created, begun).headers.location ?? "";
  let media = "";
  for (let offset = 0; offset < size; offset += chunkBytes) {
    const to = Math.min(size, offset + chunkBytes);
    const answer = await send({
      method: "PATCH",
      path,
      token,
      headers: {
        ...tusVersion,
        "content-type": "application/offset+octet-stream",
        "content-length": String(to - offset),
        "upload-offset": String(offset),
      },
      body: bytesOf(file, offset, to),
    });
    media = String(expecting(noContent, answer).headers["maru-media"] ?? "");
  }
  return (JSON.parse(decodeURIComponent(media)) as { id: string }).id;
}

const uploads: Upload[] = [];
const failures: Record<string, number> = {};
let next = 0;
let isStopped = false;

async function uploadOne(n: number): Promise<void> {
  const owner = plan.people.from + (n % plan.people.count);
  const file = plan.files[n % plan.files.length] ?? "";
  const startedMs = nowMs();
  try {
    const id =
      plan.way === "form"
        ? await uploadForm(file, tokens(owner))
        : await uploadInChunks(file, tokens(owner), plan.way.chunkBytes);
    uploads.push({ id, owner, startedMs, answeredMs: nowMs() });
  } catch (error) {
    const why = error instanceof Refused ? error.message : String(error);
    failures[why] = (failures[why] ?? 0) + 1;
    await pause(afterFailureMs);
  }
}

async function uploadAgainAndAgain(): Promise<void> {
  while (!isStopped && (plan.count === null || next < plan.count)) {
    next += 1;
    await uploadOne(next - 1);
  }
}

function say(line: UploadLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

process.stdin.resume();
process.stdin.once("end", () => {
  isStopped = true;
});
const all = Array.from({ length: plan.atOnce }, uploadAgainAndAgain);
say({ type: "begun" });
await Promise.all(all);
const { user, system } = process.cpuUsage();
say({ type: "result", result: { uploads, failures, cpuUs: user + system } });
process.stdin.destroy();
agent.destroy();
