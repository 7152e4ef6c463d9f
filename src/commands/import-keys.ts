import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { StoryLine } from "./import-formats.ts";

/**
 * Names the stories of a file, the same on every run: by what they say, and by how often the same
 * author has said the same at the same time before, so that repeats in the file are all kept.
 *
 * Only the last `rememberedMax` different stories are counted. A repeat that comes later than that
 * has the name of the first and counts as known: it is left out, on every run alike.
 */
export type StoryKeys = (story: StoryLine) => string;

/** About 80 MB; repeats of one author at one time stand close together in any ordered file. */
const rememberedDefault = 500_000;
/** 128 bits: no two stories of any file have the same by chance. */
const keyBytes = 16;

export function createStoryKeys(rememberedMax: number = rememberedDefault): StoryKeys {
  // Counted as sizes, because a cache of so many places would take them all at once.
  const seen = new LRUCache<string, number>({
    maxSize: rememberedMax,
    sizeCalculation: () => 1,
  });
  return ({ author, atMs, text }) => {
    const digest = hash("sha256", JSON.stringify([author, atMs, text]), "buffer");
    const key = digest.subarray(0, keyBytes).toString("base64url");
    const before = seen.get(key) ?? 0;
    seen.set(key, before + 1);
    return before === 0 ? key : `${key}.${before}`;
  };
}
