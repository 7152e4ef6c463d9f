import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { CommandContext, Workbench } from "../../src/commands/command.ts";
import { createImportCommand } from "../../src/commands/import.ts";
import { parseConfig } from "../../src/config.ts";
import type { Id } from "../../src/kernel/id.ts";
import type { Accounts } from "../../src/modules/accounts/contract.ts";
import type { Graph } from "../../src/modules/graph/contract.ts";
import type { ImportedStory, Stories } from "../../src/modules/stories/contract.ts";

/** The modules as an import sees them, in memory, and a terminal that remembers. */
export interface ImportWorld {
  readonly people: Map<string, { readonly id: Id; readonly createdAtMs: number }>;
  /** By external numbers, in the order in which they were made. */
  readonly friendships: string[];
  readonly stories: (Omit<ImportedStory, "authorId"> & { readonly author: string })[];
  readonly takenHandles: Set<string>;
  readonly passwordHashes: Set<string | null>;
  /** The size of each call's batch. */
  readonly batchSizes: number[];
  readonly printed: string[];
  readonly complaints: string[];
  /** How many times a workbench was opened, and closed. */
  readonly opened: { count: number; closed: number };
  /** Called around each call of a module; what it throws, the call throws. */
  hook: (when: "before" | "after", call: number) => void;
  /** How long each call takes, on the import's clock. */
  callMs: number;
  /** As SIGINT does. */
  interrupt(): void;
  run(flags: Readonly<Record<string, string>>, words?: readonly string[]): Promise<number>;
}

const neverAsked = (): never => {
  throw new Error("an import does not ask this");
};

export const importNowMs = Date.UTC(2026, 10, 20);

export function createImportWorld(): ImportWorld {
  let lastId = 0n;
  let calls = 0;
  let monotonicMs = 0;
  let stopAll: () => void = () => undefined;
  const known = new Set<string>();

  /** Nothing waits in between, so each call is a transaction. */
  async function call<T>(size: number, work: () => T): Promise<T> {
    calls += 1;
    const number = calls;
    world.batchSizes.push(size);
    await Promise.resolve();
    world.hook("before", number);
    monotonicMs += world.callMs;
    const result = work();
    world.hook("after", number);
    return result;
  }

  const numberOf = (id: Id): string =>
    [...world.people].find(([, person]) => person.id === id)?.[0] ?? "nobody";

  const accounts: Accounts = {
    summaries: neverAsked,
    held: neverAsked,
    watch: neverAsked,
    resolve: neverAsked,
    get sessionMemory(): never {
      return neverAsked();
    },
    authenticate: neverAsked,
    recentSessions: neverAsked,
    preloadSessions: neverAsked,
    mintToken: neverAsked,
    own: neverAsked,
    hashPassword: (_, password) => Promise.resolve(`hash of ${password}`),
    importPeople: (_, people, passwordHash) =>
      call(people.length, () =>
        people.map(({ externalId, handle, createdAtMs }) => {
          const found = world.people.get(externalId);
          if (found !== undefined) {
            return { id: found.id, isNew: false };
          }
          if (world.takenHandles.has(handle)) {
            return { refused: `the handle ${handle} is taken` };
          }
          lastId += 1n;
          world.people.set(externalId, { id: lastId, createdAtMs });
          world.passwordHashes.add(passwordHash);
          return { id: lastId, isNew: true };
        }),
      ),
  };
  const graph: Graph = {
    relations: neverAsked,
    relationsAmong: neverAsked,
    audience: neverAsked,
    audiences: neverAsked,
    counts: neverAsked,
    importFriendships: (_, pairs) =>
      call(pairs.length, () =>
        pairs.map((pair) => {
          const name = pair.map(numberOf).toSorted().join(" ");
          if (known.has(name)) {
            return "known";
          }
          known.add(name);
          world.friendships.push(name);
          return "made";
        }),
      ),
  };
  const stories: Stories = {
    windowStart: neverAsked,
    windowChunk: neverAsked,
    reshareTargets: neverAsked,
    older: neverAsked,
    bodies: neverAsked,
    counts: neverAsked,
    viewerFlags: neverAsked,
    viewerReactions: neverAsked,
    held: neverAsked,
    watch: neverAsked,
    sees: neverAsked,
    linkUrls: neverAsked,
    storyCounts: neverAsked,
    importStories: (_, batch) =>
      call(batch.length, () =>
        batch.map(({ authorId, ...story }) => {
          if (story.text === "") {
            return { refused: "/text: is empty" };
          }
          if (known.has(story.externalKey)) {
            return "known";
          }
          known.add(story.externalKey);
          world.stories.push({ ...story, author: numberOf(authorId) });
          return "made";
        }),
      ),
  };
  const bench: Workbench = {
    accounts,
    graph,
    stories,
    deadLetters: { list: neverAsked, redrive: neverAsked },
    migrated: [],
    close() {
      world.opened.closed += 1;
      return Promise.resolve();
    },
  };
  const command = createImportCommand({
    monotonicMs: () => monotonicMs,
    sleep(ms) {
      monotonicMs += ms;
      return Promise.resolve();
    },
    onInterrupt(stop) {
      stopAll = stop;
      return () => undefined;
    },
  });
  const world: ImportWorld = {
    people: new Map(),
    friendships: [],
    stories: [],
    takenHandles: new Set(),
    passwordHashes: new Set(),
    batchSizes: [],
    printed: [],
    complaints: [],
    opened: { count: 0, closed: 0 },
    hook: () => undefined,
    callMs: 1,
    interrupt: () => stopAll(),
    run(flags, words = []) {
      const context: CommandContext = {
        config: parseConfig({}),
        words,
        flags: new Map(Object.entries(flags)),
        terminal: {
          isInteractive: false,
          print: (line) => void world.printed.push(line),
          replace: neverAsked,
          complain: (line) => void world.complaints.push(line),
        },
        nowMs: () => importNowMs,
        open() {
          world.opened.count += 1;
          return Promise.resolve(bench);
        },
      };
      return command.run(context);
    },
  };
  return world;
}

/** A folder for the files of a test, which `remove` ends. */
export async function createImportFolder(): Promise<{
  readonly folder: string;
  write(name: string, content: string | Uint8Array): Promise<string>;
  remove(): Promise<void>;
}> {
  const folder = await mkdtemp(path.join(tmpdir(), "maru-import-"));
  return {
    folder,
    async write(name, content) {
      const file = path.join(folder, name);
      await writeFile(file, content);
      return file;
    },
    remove: () => rm(folder, { recursive: true }),
  };
}
