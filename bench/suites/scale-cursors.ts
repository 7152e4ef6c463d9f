import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createTokens } from "../load/traffic.ts";
import { bitsBelowTime, idBases, storySpacingMs, type Community } from "../seed/arithmetic.ts";
import type { Prepared, Served } from "../server/served-community.ts";

/** Pages far back, found as a reader would: by scrolling there. */
export interface DeepPages {
  /** Lines of a viewer and a path, for a generator: the pages nearest to the first. */
  readonly nearFile: string;
  /** Those and the ones further back. */
  readonly file: string;
  /** First pages of the same viewers. */
  readonly firstFile: string;
}

const pageSizeMax = 100;
const scrollersAtOnce = 8;

/** The id of the story that this many are newer than. */
function idBack(community: Community, back: number): bigint {
  const place = BigInt(community.stories - back) * BigInt(storySpacingMs(community));
  return idBases(community).story + (place << BigInt(bitsBelowTime));
}

interface Page {
  readonly items: readonly { readonly id: string }[];
  readonly nextCursor: string | null;
}

/** Where these viewers are when so many stories of everybody's have gone by. */
export async function scrollBack(
  { node }: Pick<Served, "node">,
  { community, folder }: Pick<Prepared, "community" | "folder">,
  options: {
    readonly name: string;
    readonly viewers: readonly number[];
    /** In stories of everybody's, the least first. */
    readonly backs: readonly number[];
  },
): Promise<DeepPages> {
  const tokens = createTokens({ community });
  const targets = options.backs.map((back) => idBack(community, back));
  const lines: string[] = [];
  const nearLines: string[] = [];
  const waiting = [...options.viewers];

  async function read(viewer: number, cursor: string): Promise<Page> {
    const answer = await fetch(`${node.url}/v1/feed?limit=${String(pageSizeMax)}${cursor}`, {
      headers: { authorization: `Bearer ${tokens(viewer)}` },
    });
    if (!answer.ok) {
      throw new Error(`scrolling: ${String(answer.status)} ${await answer.text()}`);
    }
    return (await answer.json()) as Page;
  }

  async function scroll(viewer: number): Promise<void> {
    let cursor: string | null = "";
    let next = 0;
    while (cursor !== null && next < targets.length) {
      const page: Page = await read(viewer, cursor);
      const last = BigInt(page.items.at(-1)?.id ?? "0");
      cursor = page.nextCursor === null ? null : `&cursor=${encodeURIComponent(page.nextCursor)}`;
      while (cursor !== null && next < targets.length && last <= (targets[next] ?? 0n)) {
        const line = JSON.stringify([viewer, `/v1/feed?${cursor.slice(1)}`]);
        lines.push(line);
        if (next === 0) {
          nearLines.push(line);
        }
        next += 1;
      }
    }
  }

  async function work(): Promise<void> {
    for (let viewer = waiting.pop(); viewer !== undefined; viewer = waiting.pop()) {
      await scroll(viewer);
    }
  }
  await Promise.all(Array.from({ length: scrollersAtOnce }, work));
  const write = async (name: string, content: readonly string[]): Promise<string> => {
    const file = join(folder, name);
    await writeFile(file, `${content.join("\n")}\n`);
    return file;
  };
  return {
    nearFile: await write(`${options.name}-near`, nearLines),
    file: await write(`${options.name}-deep`, lines),
    firstFile: await write(
      `${options.name}-first`,
      options.viewers.map((viewer) => JSON.stringify([viewer, "/v1/feed"])),
    ),
  };
}
