import { readFileSync } from "node:fs";
import { idBases, tokenOf } from "../seed/arithmetic.ts";
import type { Answer } from "./answer-reader.ts";
import type { GeneratorPlan, Published, Source } from "./plan.ts";

/** Turns sources into requests, ready to be written, and remembers what their answers taught. */
export interface Request {
  readonly bytes: string | Buffer;
  readonly wantsBody: boolean;
  /** Called with an answer whose status is one that was hoped for. */
  readonly learn?: (answer: Answer, answeredMs: number) => void;
}

export interface Traffic {
  /** Null: everyone who was to ask has asked. */
  next(): Request | null;
}

export interface TrafficWorld {
  readonly tokens: (viewer: number) => string;
  /** By viewer. */
  readonly etags: Map<number, string>;
  readonly random: () => number;
  onPublished(published: Published, answeredMs: number): void;
}

const host = "Host: 127.0.0.1\r\n";
const etagPattern = /\r\netag: ?([^\r]+)\r/iu;
const idPattern = /"id":"(\d+)"/u;

function linesOf(file: string): readonly string[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "");
}

/** Tokens are made when they are first needed: a million would take their time. */
export function createTokens(plan: Pick<GeneratorPlan, "community">): (viewer: number) => string {
  const bases = idBases(plan.community);
  const made: string[] = [];
  return (viewer) => (made[viewer] ??= tokenOf(bases, viewer));
}

function chooser(source: Source, random: () => number): () => number | null {
  const { from, count, order } = source.viewers;
  let next = 0;
  return () => {
    if (order === "random") {
      return from + Math.floor(random() * count);
    }
    next += 1;
    return next > count ? null : from + next - 1;
  };
}

export function createTraffic(plan: GeneratorPlan, source: Source, world: TrafficWorld): Traffic {
  const choose = chooser(source, world.random);
  const some = <T>(list: readonly T[]): T => {
    const found = list[Math.floor(world.random() * list.length)];
    if (found === undefined) {
      throw new Error(`${source.name}: there is nothing to choose from`);
    }
    return found;
  };
  const signed = (line: string, viewer: number, more: string): string =>
    `${line} HTTP/1.1\r\n${host}Authorization: Bearer ${world.tokens(viewer)}\r\n${more}\r\n`;
  const make = makerOf();

  function makerOf(): (viewer: number) => Request {
    switch (source.kind) {
      case "feed":
        return (viewer) => readFeed(viewer, source.polls === true);
      case "path": {
        const paths = linesOf(source.pathsFile).map((line) => JSON.parse(line) as [number, string]);
        return () => {
          const [viewer, path] = some(paths);
          return { bytes: signed(`GET ${path}`, viewer, ""), wantsBody: false };
        };
      }
      case "publish": {
        const texts = linesOf(plan.textsFile).map((line) => JSON.parse(line) as string);
        return (viewer) => publish(viewer, some(texts), source.hasKey);
      }
      case "like": {
        const ids = linesOf(source.storiesFile);
        return (viewer) => ({
          bytes: signed(`PUT /v1/stories/${some(ids)}/like`, viewer, "Content-Length: 0\r\n"),
          wantsBody: false,
        });
      }
    }
  }

  function readFeed(viewer: number, polls: boolean): Request {
    const known = polls ? world.etags.get(viewer) : undefined;
    const more = known === undefined ? "" : `If-None-Match: ${known}\r\n`;
    return {
      bytes: signed("GET /v1/feed", viewer, more),
      wantsBody: false,
      ...(polls
        ? {
            learn: ({ head }: Answer) => {
              const etag = etagPattern.exec(head)?.[1];
              if (etag !== undefined) {
                world.etags.set(viewer, etag);
              }
            },
          }
        : {}),
    };
  }

  function publish(author: number, text: string, hasKey: boolean): Request {
    const body = Buffer.from(JSON.stringify({ text }));
    const more =
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n` +
      (hasKey ? `Idempotency-Key: ${globalThis.crypto.randomUUID()}\r\n` : "");
    return {
      bytes: Buffer.concat([Buffer.from(signed("POST /v1/stories", author, more)), body]),
      wantsBody: true,
      learn: (answer, answeredMs) => {
        const id = idPattern.exec(answer.body)?.[1];
        if (answer.status === 201 && id !== undefined) {
          world.onPublished({ id, author, text }, answeredMs);
        }
      },
    };
  }

  return {
    next() {
      const viewer = choose();
      return viewer === null ? null : make(viewer);
    },
  };
}
