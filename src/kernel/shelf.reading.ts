import { parentPort, workerData } from "node:worker_threads";
import { ShelfReader, type ShelfMemory } from "./shelf.ts";

/**
 * The other thread of shelf.test.ts: reads while the writer writes. Every record consists of one
 * number again and again, which ends in the record's key, so that a mixture shows.
 */
const reader = new ShelfReader(workerData as ShelfMemory);
const readsWanted = 20_000;
const attemptsMax = 50_000_000;
const keys = 50;
const base = 100;

let found = 0;
let torn = 0;
for (let attempt = 0; found < readsWanted && attempt < attemptsMax; attempt += 1) {
  const key = 1 + (attempt % keys);
  if (!reader.find(key, ~key >>> 0)) {
    continue;
  }
  const { words, at, length } = reader;
  const first = words[at] as number;
  let isWhole = first % base === key;
  for (let i = 1; i < length; i += 1) {
    isWhole &&= words[at + i] === first;
  }
  if (reader.isStillThere()) {
    found += 1;
    torn += isWhole ? 0 : 1;
  }
}
parentPort?.postMessage({ found, torn });
