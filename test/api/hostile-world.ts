import {
  connectApi,
  expectStatus,
  type Api,
  type Person,
  type Reply,
} from "../support/api-client.ts";
import type { Operation } from "../support/api-reference.ts";
import { startTestNode, type TestNode } from "../support/node.ts";

/** A node with a little of everything in it, and an eye on what its answers and its log give away. */
export interface HostileWorld {
  readonly node: TestNode;
  readonly api: Api;
  readonly hero: Person;
  /** The target of an operation, with this id in its path. */
  targetOf(operation: Operation, id: string): string;
  /** An id that is there, of what the operation is about. */
  idFor(operation: Operation): string;
  /** Says what is wrong with an answer as such: a failure of the server, or something internal in it. */
  faultOf(reply: Pick<Reply, "status" | "text">): string | null;
  /** Lines of the log at warn and above. */
  logged(): readonly string[];
  close(): Promise<void>;
}

const firstServerError = 500;

const requestId = /[0-9a-z]{8}-[0-9a-f]{16}/g;

/** What only the inside of the server would say. */
const giveaways: readonly RegExp[] = [
  /\bat (?:async )?[\w.<>]+ \(|\.ts:\d+|\.js:\d+|node:internal|node_modules/,
  /\/(?:home|root|usr|tmp|var|dev|proc|src)\/\w/,
  /\b(?:select|insert|update|delete)\s.+\s(?:from|into|set|where)\b/i,
  /postgres|sqlstate|relation "|violates|constraint|syntax error|duplicate key|deadlock/i,
  /\b(?:TypeError|RangeError|SyntaxError|AssertionError|undefined is not|cannot read)/i,
  /\bFST_|\bERR_[A-Z]|\bHPE_|ajv|fastify/i,
];

/** Names of our tables and of columns of two words: nobody outside would know them. */
async function namesInside({ sql }: TestNode): Promise<RegExp> {
  const rows = await sql<{ name: string }[]>`
    SELECT schemaname || '.' || tablename AS name FROM pg_tables
    WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
    UNION SELECT column_name::text FROM information_schema.columns
    WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND position('_' IN column_name) > 1`;
  const names = rows.map(({ name }) => name.replaceAll(".", String.raw`\.`));
  return new RegExp(`\\b(?:${names.join("|")})\\b`);
}

export async function openHostileWorld(): Promise<HostileWorld> {
  const lines: string[] = [];
  const node = await startTestNode({
    settings: { MARU_LOG_LEVEL: "warn" },
    adjustments: {
      logDestination: { write: (line) => void lines.push(line), flush: () => undefined },
    },
  });
  const api = await connectApi(node.url);
  const [hero, other] = await api.people("hero", "other");
  await hero.befriend(other);
  const story = await other.publish("what is there");
  const comment = await hero.comment(story.id, "and what is said of it");
  const inside = await namesInside(node);

  return {
    node,
    api,
    hero,
    targetOf: ({ path }, id) => path.replace(/\{\w+\}/, () => id),
    idFor: ({ path }) =>
      path.startsWith("/v1/stories/")
        ? story.id
        : path.startsWith("/v1/comments/")
          ? comment.id
          : other.id,
    faultOf({ status, text }) {
      if (status >= firstServerError) {
        return `a failure of the server: ${String(status)} ${text}`;
      }
      // A request's id is drawn by chance, and may spell anything.
      const words = text.replaceAll(requestId, "");
      const given = [...giveaways, inside].find((giveaway) => giveaway.test(words));
      return given === undefined ? null : `${given.exec(words)?.[0] ?? ""} in ${text}`;
    },
    // What pages report is to be in the log; here some of it comes from nowhere near a page.
    logged: () => lines.filter((line) => !line.includes('"msg":"a page reported an error"')),
    async close() {
      api.close();
      await node.stop();
    },
  };
}

/** Throws unless the server does its work as if nothing had happened. */
export async function expectAtWork({ api, node }: HostileWorld, handle: string): Promise<void> {
  const [writer, reader] = await api.people(`${handle}_w`, `${handle}_r`);
  await writer.befriend(reader);
  const story = await writer.publish("still here");
  const feed = expectStatus(await reader.get("/v1/feed"), 200);
  if (feed.body.items[0]?.story.id !== story.id) {
    throw new Error("a friend's story is not in the feed");
  }
  const health = await fetch(`${node.adminUrl}/readyz`);
  if (health.status !== 200) {
    throw new Error(`not ready: ${await health.text()}`);
  }
}
