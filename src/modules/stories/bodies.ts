import { LRUCache } from "lru-cache";
import { createBatchLoader } from "../../kernel/batch-loader.ts";
import { idTime, type Id } from "../../kernel/id.ts";
import type { Context } from "../../kernel/context.ts";
import type { View } from "../../ports/log.ts";
import type { RecordPort } from "../../ports/record.ts";
import type { Metrics } from "../../ports/telemetry.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Media, MediaJson } from "../media/contract.ts";
import type { LinkJson, StoryBody } from "./contract.ts";
import type { Link } from "./link.ts";
import { liveTexts, type TextRow } from "./store-texts.ts";

/**
 * Live stories as JSON text that is ready to be joined, in memory.
 *
 * Fresh by events: one that tells of a newer version drops what is kept, and takes away a load
 * that is under way, so that nothing older is kept and whoever asks from then on loads anew.
 */
export type LiveStory = StoryBody;

export interface Bodies {
  /** A live story as it is shown now. */
  write(row: TextRow): LiveStory;
  /** In the order of the ids; null for what is not live. */
  find(context: Context, ids: readonly Id[]): Promise<readonly (LiveStory | null)[]>;
  /** Called when an event tells of a version, whatever memory holds. */
  watch(changed: (id: Id, version: number) => void): void;
  /** What memory holds at this moment. */
  held(id: Id): LiveStory | null;
  /**
   * A command of this node is about to publish it: once its event tells that it has, it is in memory
   * without being read. Of what comes to nothing no event tells.
   */
  expect(story: TextRow): void;
  readonly view: View;
}

/** A text in memory has two bytes a character, most of the time. */
const bytesPerCharacter = 2;
/** The entry itself, its id and its place in the cache. */
const bytesPerEntry = 300;
/** Stories that one query loads, and queries under way at once, whoever asks. */
const loadedAtOnceMax = 500;
const loadsMax = 2;

/** Stories whose event is awaited: more than commands can be under way. */
const expectedMax = 2_000;

type Found = ReadonlyMap<Id, Held>;

/** What memory holds. Of a story whose addresses end, what it takes to make them anew. */
interface Held {
  readonly story: LiveStory;
  readonly row: TextRow | null;
}

const msPerSecond = 1_000;

export function createBodies(deps: {
  readonly record: RecordPort;
  readonly clock: Clock;
  readonly metrics: Metrics;
  /** Asked for lazily: the modules know each other in a circle. */
  readonly media: () => Pick<Media, "write" | "previewUrl">;
  readonly bytesMax: number;
}): Bodies {
  const { record, clock, metrics } = deps;
  const cache = new LRUCache<Id, Held>({
    maxSize: deps.bytesMax,
    // A row that is kept besides takes less than what was made of it.
    sizeCalculation: ({ story, row }) =>
      bytesPerEntry + story.membersJson.length * bytesPerCharacter * (row === null ? 1 : 2),
  });
  const loading = new Map<Id, Promise<Found>>();
  const expected = new LRUCache<Id, TextRow>({ max: expectedMax });
  let watcher: (id: Id, version: number) => void = () => undefined;
  const hits = metrics.counter("maru_stories_body_hits_total", "Stories found in memory.");
  const misses = metrics.counter("maru_stories_body_misses_total", "Stories read from the record.");
  metrics.gauge("maru_stories_body_bytes", "Bytes that stories take in memory.", () => {
    return cache.calculatedSize;
  });

  function write(row: TextRow): LiveStory {
    const { media, untilS } = deps.media().write(row.media);
    const link = row.link === null ? null : linkJson(row.link, deps.media());
    const { id, authorId, version, visibility } = row;
    const members = membersJson(row, { media, link });
    return { id, authorId, version, visibility, untilS, membersJson: members };
  }

  const heldOf = (row: TextRow): Held => {
    const story = write(row);
    return { story, row: story.untilS === 0 ? null : row };
  };

  /** With addresses that are good now. */
  function heldNow(id: Id): LiveStory | undefined {
    const held = cache.get(id);
    const row = held?.row ?? null;
    if (held === undefined || row === null || held.story.untilS * msPerSecond > clock.nowMs()) {
      return held?.story;
    }
    const renewed = heldOf(row);
    cache.set(id, renewed);
    return renewed.story;
  }

  const { load } = createBatchLoader<Id, Held>({
    keysMax: loadedAtOnceMax,
    loadsMax,
    async load(context, ids) {
      const rows = await record.read(context, (sql) => liveTexts(sql, ids));
      return new Map(rows.map((row) => [row.id, heldOf(row)] as const));
    },
  });

  /** A load that others may wait for; what it finds is kept unless an event took it away meanwhile. */
  function loadShared(context: Context, ids: readonly Id[]): Promise<Found> {
    misses.add(ids.length);
    const found = load(context, ids);
    const settled = found
      .then((stories) => {
        for (const id of ids) {
          const held = stories.get(id);
          if (loading.get(id) === settled && held !== undefined) {
            cache.set(id, held);
          }
        }
        return stories;
      })
      .finally(() => {
        for (const id of ids) {
          if (loading.get(id) === settled) {
            loading.delete(id);
          }
        }
      });
    for (const id of ids) {
      loading.set(id, settled);
    }
    return settled;
  }

  /** Someone else's load may fail for their own reasons, such as their deadline. */
  async function join(context: Context, id: Id, shared: Promise<Found>): Promise<Found> {
    try {
      return await shared;
    } catch {
      return load(context, [id]);
    }
  }

  async function findAll(
    context: Context,
    ids: readonly Id[],
  ): Promise<ReadonlyMap<Id, LiveStory>> {
    const found = new Map<Id, LiveStory>();
    const waits: Promise<Found>[] = [];
    const missing: Id[] = [];
    for (const id of new Set(ids)) {
      const story = heldNow(id);
      const shared = loading.get(id);
      if (story !== undefined) {
        found.set(id, story);
      } else if (shared !== undefined) {
        waits.push(join(context, id, shared));
      } else {
        missing.push(id);
      }
    }
    hits.add(found.size);
    if (missing.length > 0) {
      waits.push(loadShared(context, missing));
    }
    for (const stories of await Promise.all(waits)) {
      for (const [id, { story }] of stories) {
        found.set(id, story);
      }
    }
    return found;
  }

  return {
    async find(context, ids) {
      if (ids.length === 0) {
        return [];
      }
      if (context.bypassViews) {
        const found = await load(context, ids);
        return ids.map((id) => found.get(id)?.story ?? null);
      }
      const found = await findAll(context, ids);
      return ids.map((id) => found.get(id) ?? null);
    },
    write,
    held: (id) => heldNow(id) ?? null,
    expect(story) {
      expected.set(story.id, story);
    },
    watch(changed) {
      watcher = changed;
    },
    view: {
      name: "stories.bodies",
      types: [
        "stories.published.v1",
        "stories.edited.v1",
        "stories.deleted.v1",
        "stories.restored.v1",
      ],
      apply(event) {
        const id = event.aggregate.id;
        const story = expected.get(id);
        // Whatever else is told of the story first has made it another one.
        expected.delete(id);
        if (event.type === "stories.published.v1") {
          if (story !== undefined && !cache.has(id) && !loading.has(id)) {
            cache.set(id, heldOf(story));
          }
          return;
        }
        loading.delete(id);
        if ((cache.peek(id)?.story.version ?? 0) < event.aggregate.version) {
          cache.delete(id);
        }
        // Memory may have been loaded anew before the event came; what was made of it before was not.
        watcher(id, event.aggregate.version);
      },
    },
  };
}

/** In the API's order: PostgreSQL gives the members of a jsonb value in one of its own. */
function linkJson(
  { url, title, description, imagePath = null }: Link,
  media: Pick<Media, "previewUrl">,
): LinkJson {
  const imageUrl = imagePath === null ? null : media.previewUrl(imagePath);
  return { url, title, description, imageUrl };
}

/** The order of the members is the API's; `storyJson` adds the others. */
function membersJson(
  row: TextRow,
  { media, link }: { readonly media: readonly MediaJson[]; readonly link: LinkJson | null },
): string {
  const members = {
    text: row.text,
    lang: row.lang,
    media,
    link,
    visibility: row.visibility,
    createdAt: idTime(row.id),
    editedAt: row.editedAt === null ? null : row.editedAt.toISOString(),
  };
  return JSON.stringify(members).slice(1, -1);
}
