/**
 * Who may read the files of media items by which address, told anew from what shows them: as plain lists,
 * without a secret or a signature.
 */

export type Audience = 0 | 1 | 2 | 3;
export const audienceOf = { public: 3, friends: 2, self: 1 } as const;
export type Visibility = keyof typeof audienceOf;

export interface ModelStory {
  readonly id: bigint;
  readonly items: readonly number[];
  visibility: Visibility;
  isDeleted: boolean;
  version: number;
}

/** An address that somebody was told once. */
export interface ToldAddress {
  readonly url: string;
  readonly item: number;
  /** How often fewer people could see the item before it was told. */
  readonly narrowings: number;
  /** In seconds since 1970; null: it is not signed. */
  readonly endS: number | null;
}

interface ModelItem {
  audience: Audience;
  narrowings: number;
  removeAfterMs: number | null;
  isGone: boolean;
}

const unusedMs = 24 * 3_600_000;
const afterUseMs = 120_000;

export class MediaModel {
  readonly items: ModelItem[] = [];
  readonly stories: ModelStory[] = [];
  avatar: number | null = null;

  constructor(count: number, nowMs: number) {
    for (let n = 0; n < count; n += 1) {
      const removeAfterMs = nowMs + unusedMs;
      this.items.push({ audience: 1, narrowings: 0, removeAfterMs, isGone: false });
    }
  }

  /** What may be shown: of what is about to be removed nothing is shown anew. */
  usable(item: number, nowMs: number): boolean {
    const { isGone, removeAfterMs } = this.#item(item);
    return !isGone && (removeAfterMs === null || removeAfterMs > nowMs + 3_600_000);
  }

  /** Called after what shows these items has changed. */
  settle(items: readonly number[], nowMs: number): void {
    for (const at of new Set(items)) {
      const item = this.#item(at);
      if (item.isGone) continue;
      const stories = this.stories.filter((story) => story.items.includes(at));
      const uses = stories.map(({ isDeleted, visibility }) =>
        isDeleted ? 0 : audienceOf[visibility],
      );
      const audience = Math.max(0, ...uses, this.avatar === at ? 3 : 0) as Audience;
      if (audience < item.audience) item.narrowings += 1;
      item.audience = audience;
      const isUsed = this.avatar === at || stories.some(({ isDeleted }) => !isDeleted);
      item.removeAfterMs = isUsed ? null : (item.removeAfterMs ?? nowMs + afterUseMs);
    }
  }

  sweep(nowMs: number): void {
    for (const item of this.items) {
      item.isGone ||= item.removeAfterMs !== null && item.removeAfterMs < nowMs;
    }
  }

  tell(url: string, item: number): ToldAddress {
    const end = /\?s=\d+\.([0-9a-z]+)\./.exec(url)?.[1];
    const endS = end === undefined ? null : Number.parseInt(end, 36);
    return { url, item, narrowings: this.#item(item).narrowings, endS };
  }

  mayRead({ item: at, narrowings, endS }: ToldAddress, nowMs: number): boolean {
    const item = this.#item(at);
    if (item.isGone || item.narrowings !== narrowings || item.audience === 0) return false;
    return item.audience === 3 || (endS !== null && endS * 1_000 > nowMs);
  }

  #item(at: number): ModelItem {
    const item = this.items[at];
    if (item === undefined) throw new Error(`there is no item ${at}`);
    return item;
  }
}
