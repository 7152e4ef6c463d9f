import { writeFile } from "node:fs/promises";
import { setImmediate as breath } from "node:timers/promises";
import { systemClock as clock } from "../../src/adapters/system/clock.ts";
import { createLogger } from "../../src/adapters/telemetry/logger.ts";
import { createRequestHistogram } from "../../src/adapters/telemetry/request-histogram.ts";
import { createAtOnceHost } from "../../src/http/at-once.ts";
import { createAccounting } from "../../src/http/exchange.ts";
import { createLoadGuard, unguarded } from "../../src/http/load-guard.ts";
import { createReadingServer } from "../../src/http/reading-server.ts";
import { createEntrance } from "../../src/http/entrance.ts";
import { createRefuse } from "../../src/http/refusals.ts";
import { createRequestIds } from "../../src/http/request-id.ts";
import { createResponder } from "../../src/http/respond.ts";
import { createAjv } from "../../src/http/validation.ts";
import { composeId, idTime, type Id } from "../../src/kernel/id.ts";
import { createKeyring } from "../../src/kernel/keyring.ts";
import { createCursors } from "../../src/kernel/page.ts";
import {
  createSessionReader,
  createSessionShelf,
} from "../../src/modules/accounts/session-shelf.ts";
import { hashToken, mintToken } from "../../src/modules/accounts/tokens.ts";
import { createAudiences, packLists } from "../../src/modules/feed/audiences.ts";
import { createItems } from "../../src/modules/feed/items.ts";
import { createIndexBuffers, openIndexMemory } from "../../src/modules/feed/memory.ts";
import { createAccountNumbers, createColumn } from "../../src/modules/feed/packed.ts";
import { createReactions } from "../../src/modules/feed/reactions.ts";
import { createFeedAtOnce, feedQuerySchema } from "../../src/modules/feed/routes-at-once.ts";
import { createProgressBuffer, type FeedBuffers } from "../../src/modules/feed/shared.ts";
import { createStoryIndex } from "../../src/modules/feed/story-index.ts";
import { createTalliesBuffer, readTallies } from "../../src/modules/feed/tallies.ts";
import { noTracer } from "../../src/ports/telemetry.ts";
import type { DoorCommunity } from "../scale-door.ts";
import { seeded } from "../seed/chance.ts";

/**
 * The feed's caches, filled without a record, behind the HTTP server of a thread that reads: signed
 * in, validated, logged and counted. Arguments: the community as JSON, and a file for tokens.
 */
const community = JSON.parse(process.argv[2] ?? "") as DoorCommunity;
const tokensFile = process.argv[3] ?? "";
const { accounts, friendsEach, stories } = community;

const viewersMax = 100_000;
const bytesByStory = 1_400;
const bytesByFriendship = 4.6;
const bytesBesideLists = 128;
const storySpacingMs = 50;
const accountsFromMs = Date.UTC(2020, 0, 1);
const storiesToMs = Date.UTC(2026, 0, 1);
/** Ids of accounts differ in their milliseconds alone. */
const accountId = (i: number): Id =>
  composeId({ timeMs: accountsFromMs + i, region: 0, lane: 1, sequence: 0 });
const draw = seeded(20_261_120);
const random = (bound: number): number => Math.floor(draw() * bound);

const ids = createColumn(2 * (accounts + 1));
const numbers = createAccountNumbers(accounts, ids);
for (let i = 0; i < accounts; i += 1) {
  numbers.of(accountId(i));
}
const memory = openIndexMemory(
  createIndexBuffers({ slotsMax: stories + 64, accountsMax: accounts }),
);
const index = createStoryIndex({ memory, accounts: numbers });
const cursors = createCursors(createKeyring([{ id: 1, secret: new Uint8Array(32).fill(1) }]));
/** Of whoever sees 200 accounts the newest 20 stories lie among these, with room to spare. */
const shownStories = Math.min(stories, Math.max(20_000, Math.ceil((accounts / friendsEach) * 60)));
const items = createItems({
  bytesMax: shownStories * bytesByStory,
  accountsMax: accounts,
  accounts: numbers,
  cursorAfter: (id) => cursors.encode("feed", [id]),
  nowMs: () => clock.nowMs(),
});
const audiences = createAudiences({
  accounts: numbers,
  bytesMax: Math.ceil(accounts * (friendsEach * bytesByFriendship + bytesBesideLists)),
  load: () => Promise.reject(new Error("everybody's lists are in memory")),
});
const reactions = createReactions({
  bytesMax: viewersMax * bytesBesideLists,
  stories: () => ({
    viewerReactions: () => Promise.resolve({ liked: [], reshared: [], knownFrom: 0n }),
    viewerFlags: () => Promise.reject(new Error("everybody's reactions are in memory")),
  }),
  knownFrom: () => 0n,
});
const sessions = createSessionShelf(viewersMax * bytesBesideLists);

function seedStories(): void {
  index.startLoading(0n);
  index.finishLoading();
  const text = JSON.stringify("마루에 앉아 이야기를 나눈다. ".repeat(12));
  for (let i = 0; i < stories; i += 1) {
    const timeMs = storiesToMs - (stories - i) * storySpacingMs;
    const id = composeId({ timeMs, region: 0, lane: 1, sequence: 0 });
    const author = accountId(random(accounts));
    index.applyStory({ id, authorId: author, visibility: "public", status: "live", version: 1 });
    if (i < stories - shownStories) {
      continue;
    }
    const handle = `p${String(author % 1_000_000n)}`;
    const summary = {
      id: String(author),
      handle,
      name: handle,
      bio: "",
      avatarUrl: null,
      createdAt: idTime(author),
    };
    items.put(
      {
        id,
        authorId: author,
        version: 1,
        visibility: "public",
        membersJson: `"text":${text},"lang":"ko","media":[],"link":null,"visibility":"public","createdAt":"${idTime(id)}","editedAt":null`,
        untilS: 0,
      },
      { likes: i % 7, comments: i % 3, reshares: 0 },
      {
        id: author,
        version: 1,
        handle,
        locale: "ko",
        privacy: "everyone",
        summary,
        json: JSON.stringify(summary),
      },
    );
  }
}

/** Everybody has friends at the same distances, drawn over all accounts, so that lists differ. */
async function seedLists(): Promise<void> {
  const distances = new Set<number>();
  while (distances.size < Math.min(friendsEach, accounts - 1)) {
    distances.add(1 + random(accounts - 1));
  }
  const sorted = Uint32Array.from(distances).sort();
  const none = new Uint32Array();
  for (let i = 0; i < accounts; i += 1) {
    const friends = new Uint32Array(sorted.length);
    const turn = sorted.findIndex((distance) => i + distance >= accounts);
    const first = turn === -1 ? sorted.length : turn;
    for (let k = 0; k < sorted.length; k += 1) {
      const place = (first + k) % sorted.length;
      friends[k] = 1 + ((i + (sorted[place] as number)) % accounts);
    }
    audiences.hold(accountId(i), packLists(i + 1, 1, { friends, followed: none, excluded: none }));
    if (i % 100_000 === 0) {
      await breath();
    }
  }
}

async function signIn(): Promise<void> {
  const tokens: string[] = [];
  const context = { bypassViews: false } as never;
  const viewers = Math.min(accounts, viewersMax);
  for (let n = 0; n < viewers; n += 1) {
    // Spread over all accounts, each once: a session has one token.
    const viewerId = accountId(Math.floor((n * accounts) / viewers));
    const viewer = { accountId: viewerId, sessionId: viewerId + 1n };
    const token = mintToken(viewer);
    sessions.hold(viewer, hashToken(token), clock.nowMs() + 3_600_000);
    await reactions.load(context, viewerId);
    tokens.push(token);
  }
  await writeFile(tokensFile, `${tokens.join("\n")}\n`);
}

seedStories();
await seedLists();
await signIn();
const buffers: FeedBuffers = {
  index: memory.buffers,
  accountIds: ids.buffer as SharedArrayBuffer,
  audiences: audiences.memory,
  reactions: reactions.memory,
  items: items.memory,
  progress: createProgressBuffer(),
  tallies: createTalliesBuffer(),
};
const logger = createLogger({
  level: "info",
  clock,
  destination: { write: (line) => void process.stderr.write(line), flush: () => undefined },
});
const histogram = createRequestHistogram();
const nextRequestId = createRequestIds(clock);
const refuse = createRefuse({
  nextRequestId,
  requests: histogram.requests,
  logger,
  monotonicMs: clock.monotonicMs,
  isClosing: () => false,
});
const guard = createLoadGuard({
  // Looked at as ever, and more than any viewer asks for.
  settings: { ...unguarded, accountRate: 1_000_000 },
  trustedProxies: [],
  monotonicMs: clock.monotonicMs,
  onRefused: () => undefined,
});
const server = createReadingServer({
  admitting: createEntrance({ guard, refuse, monotonicMs: clock.monotonicMs }).admitting,
  answerAtOnce: createAtOnceHost({
    routes: [
      {
        method: "GET",
        path: "/v1/feed",
        query: feedQuerySchema,
        atOnce: createFeedAtOnce(buffers, { cursors, nowMs: () => clock.nowMs() }, 0),
      },
    ],
    ajv: createAjv(),
    viewerOf: createSessionReader(sessions.memory, () => clock.nowMs()),
    accounting: createAccounting({
      clock,
      accessLog: logger.accessLog,
      tracer: noTracer,
      requests: histogram.requests,
    }),
    responder: createResponder(() => false),
    guard,
    refuse,
    nextRequestId,
    monotonicMs: () => clock.monotonicMs(),
  }),
  // Everything is in memory: what is not answered from there is a fault of the seed.
  forward: (_request, response) => {
    response.writeHead(500).end(JSON.stringify(readTallies(buffers.tallies)));
  },
  nextRequestId,
  connectionsMax: 10_000,
  monotonicMs: () => performance.now(),
});
const port = await server.listen({ host: "127.0.0.1", port: 0 });
process.stdout.write(
  `${JSON.stringify({
    port,
    bytesPerStory: index.bytes() / index.size(),
    bytesPerFriendship: audiences.bytes() / (audiences.count() * friendsEach),
    lists: audiences.count(),
  })}\n`,
);
