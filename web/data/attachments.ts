import { NoMediaError } from "./attachment-errors.ts";
import type { Media } from "./client.ts";
import type { Draft } from "./draft.ts";
import type { Trouble } from "./draft-attempt.ts";
import { mediaOf } from "./draft-record.ts";
import type { WaitReason } from "./persist.ts";
import { createSignal } from "./signal.ts";

/**
 * The photos and videos that someone adds to what is written in one draft. Those that are on the server
 * are kept with the draft, by their ids, for every tab and through reloads; those on their way live as
 * long as the page.
 */
export interface Attachments {
  state(): AttachmentsState;
  readonly listen: (listener: () => void) => () => void;
  add(files: readonly File[]): void;
  remove(key: string): void;
  /** Puts it at this place among the others. */
  move(key: string, to: number): void;
  describe(key: string, alt: string): void;
  retry(key: string): void;
  /** The server cannot show it after all: only to remove it helps. */
  fault(key: string, error: unknown, kind: Attachment["kind"]): void;
  /** Sends the draft off as soon as everything is there. */
  sendWhenThere(): void;
  doNotSend(): void;
  /** What is on its way is given up: these files. */
  clear(): readonly File[];
}

export interface AttachmentsState {
  readonly items: readonly Attachment[];
  /** Something is on its way. */
  readonly isBusy: boolean;
  /** Something could not be added, and is neither removed nor tried again. */
  readonly isStuck: boolean;
  /** The draft is sent off as soon as everything is there. */
  readonly isWanted: boolean;
  /** How many of what was added last found no room. */
  readonly leftOut: number;
}

export interface Attachment {
  readonly key: string;
  /** Null: it is not on the server yet. */
  readonly id: string | null;
  readonly kind: "image" | "video";
  readonly name: string;
  /** Null: it was described by an earlier page or another, if at all. */
  readonly alt: string | null;
  /** Of the file as it lies on this device; null where it was added by an earlier page, or another. */
  readonly localUrl: string | null;
  readonly phase: Phase;
  /** Of what has been sent, from 0 to 1. */
  readonly share: number;
}

export type Phase =
  | { readonly name: "queued" | "sending" | "there" }
  /** It could not be sent, and is tried again by itself. */
  | { readonly name: "waiting"; readonly why: WaitReason }
  | {
      readonly name: "refused";
      readonly error: unknown;
      /** False: it would be refused again. */
      readonly canRetry: boolean;
    };

/** Something that takes its time, and is tried until it is done or refused. */
export interface Patience {
  readonly signal: AbortSignal;
  readonly onWait: (why: WaitReason) => void;
}

/** One file on its way to the server. */
export interface Uploading {
  run(options: Patience & { readonly onProgress: (share: number) => void }): Promise<Media>;
  abandon(): void;
}

export interface AttachmentsDeps {
  readonly draft: Pick<Draft<never>, "state" | "listen" | "write" | "send">;
  readonly upload: (file: File, alt: string) => Uploading;
  readonly saveAlt: (id: string, alt: string, options: Patience) => Promise<void>;
  /** Takes a file from the server that no story shows. */
  readonly remove: (id: string) => void;
  readonly urlOf: (file: File) => string;
  readonly letGoOf: (url: string) => void;
}

export const attachmentsMax = 10;
/** More at once would only share the same line. */
const atOnceMax = 2;
const namedPattern = /^\/mediaIds\/(\d+)$/;
/** A share that has changed by less is not worth a new picture. */
const shareStep = 0.01;

interface Item extends Attachment {
  readonly file: File | null;
  readonly uploading: Uploading | null;
  readonly running: AbortController | null;
}

export function createAttachments(deps: AttachmentsDeps): Attachments {
  const { draft } = deps;
  const changed = createSignal();
  let items: readonly Item[] = [];
  let isWanted = false;
  let leftOut = 0;
  let lastKey = 0;
  let troubleSeen: Trouble | null = null;
  let state: AttachmentsState | null = null;

  function tell(): void {
    state = null;
    changed.tell();
  }

  function find(key: string): Item | undefined {
    return items.find((item) => item.key === key);
  }

  function change(key: string, next: Partial<Item>): void {
    items = items.map((item) => (item.key === key ? { ...item, ...next } : item));
    tell();
  }

  function newKey(): string {
    lastKey += 1;
    return `${lastKey}`;
  }

  /** What the draft has, this page shows: another tab may have added, moved or removed something. */
  function follow(): void {
    const ids = mediaOf(draft.state().written);
    const before = items;
    items.filter(({ id }) => id !== null && !ids.includes(id)).forEach(letGo);
    const stay = items.filter(({ id }) => id === null || ids.includes(id));
    const come = ids.filter((id) => !stay.some((item) => item.id === id)).map(itemOf);
    items = inOrder([...stay, ...come], ids);
    if (items.length !== before.length || items.some((item, i) => item !== before[i])) {
      tell();
    }
    const { trouble } = draft.state();
    if (trouble !== troubleSeen) {
      troubleSeen = trouble;
      refuseNamed(trouble, ids);
    }
  }

  /** The server says which of them a story cannot show any more, though it has them still. */
  function refuseNamed(trouble: Trouble | null, ids: readonly string[]): void {
    const errors = trouble?.kind === "refused" ? (trouble.error.details.errors ?? []) : [];
    const named = errors.map(({ path }) => ids[Number(namedPattern.exec(path)?.[1] ?? NaN)]);
    for (const { key, id, phase } of items) {
      if (trouble?.kind === "refused" && phase.name === "there" && named.includes(id ?? "")) {
        refuse(key, trouble.error, false);
      }
    }
  }

  function itemOf(id: string): Item {
    const rest = { file: null, uploading: null, running: null, localUrl: null, share: 1 };
    const phase = { name: "there" } as const;
    return { ...rest, key: newKey(), id, kind: "image", name: "", alt: null, phase };
  }

  function letGo(item: Item): void {
    item.running?.abort();
    if (item.localUrl !== null) {
      deps.letGoOf(item.localUrl);
    }
  }

  /** Tells the draft what is there, in its order. */
  function keep(): void {
    draft.write({ media: items.flatMap(({ id }) => id ?? []) });
  }

  function run(): void {
    const running = items.filter(({ id, running: job }) => id === null && job !== null).length;
    const next = items.filter(({ phase }) => phase.name === "queued");
    next.slice(0, Math.max(0, atOnceMax - running)).forEach((item) => void bring(item));
  }

  async function bring(item: Item): Promise<void> {
    const { key, file } = item;
    if (file === null) {
      return;
    }
    const job = new AbortController();
    const alt = item.alt ?? "";
    const uploading = item.uploading ?? deps.upload(file, alt);
    change(key, { uploading, running: job, phase: { name: "sending" } });
    try {
      const media = await uploading.run({
        signal: job.signal,
        onWait: (why) => {
          change(key, { phase: { name: "waiting", why } });
        },
        onProgress: (share) => {
          const now = find(key);
          if (now?.phase.name !== "sending" || Math.abs(share - now.share) >= shareStep) {
            change(key, { share, phase: { name: "sending" } });
          }
        },
      });
      arrive(key, media.id, alt);
    } catch (error) {
      if (!job.signal.aborted) {
        refuse(key, error);
      }
    }
    run();
  }

  function arrive(key: string, id: string, altSent: string): void {
    const now = find(key);
    if (now === undefined) {
      deps.remove(id);
      return;
    }
    change(key, { id, share: 1, running: null, uploading: null, phase: { name: "there" } });
    keep();
    if (now.alt !== altSent) {
      void saveAlt(key, id, now.alt ?? "");
    }
    settle();
  }

  async function saveAlt(key: string, id: string, alt: string): Promise<void> {
    find(key)?.running?.abort();
    const job = new AbortController();
    change(key, { running: job });
    try {
      await deps.saveAlt(id, alt, {
        signal: job.signal,
        onWait: (why) => {
          change(key, { phase: { name: "waiting", why } });
        },
      });
      change(key, { running: null, phase: { name: "there" } });
    } catch (error) {
      if (!job.signal.aborted) {
        refuse(key, error);
      }
    }
    settle();
  }

  function refuse(key: string, error: unknown, canRetry = true): void {
    isWanted = false;
    change(key, { running: null, phase: { name: "refused", error, canRetry } });
  }

  function isOnItsWay({ phase, running }: Item): boolean {
    return running !== null || phase.name === "queued";
  }

  function settle(): void {
    if (isWanted && !items.some(isOnItsWay)) {
      isWanted = false;
      tell();
      draft.send();
    }
  }

  draft.listen(follow);
  follow();

  return {
    state() {
      state ??= {
        items,
        isBusy: items.some(isOnItsWay),
        isStuck: items.some(({ phase }) => phase.name === "refused"),
        isWanted,
        leftOut,
      };
      return state;
    },
    listen: changed.listen,
    add(files) {
      const room = Math.max(0, attachmentsMax - items.length);
      leftOut = Math.max(0, files.length - room);
      const added = files.slice(0, room).map((file): Item => {
        const isMedia = file.type === "" || /^(?:image|video)\//.test(file.type);
        const kind = file.type.startsWith("video/") ? "video" : "image";
        const error = new NoMediaError(file.type);
        return {
          key: newKey(),
          id: null,
          kind,
          name: file.name,
          alt: "",
          localUrl: isMedia ? deps.urlOf(file) : null,
          phase: isMedia ? { name: "queued" } : { name: "refused", error, canRetry: false },
          share: 0,
          file,
          uploading: null,
          running: null,
        };
      });
      items = [...items, ...added];
      tell();
      run();
    },
    remove(key) {
      const item = find(key);
      if (item === undefined) {
        return;
      }
      letGo(item);
      item.uploading?.abandon();
      items = items.filter((other) => other !== item);
      leftOut = 0;
      tell();
      if (item.id !== null) {
        keep();
        deps.remove(item.id);
      }
      run();
    },
    move(key, to) {
      const item = find(key);
      if (item !== undefined) {
        items = items.filter((other) => other !== item).toSpliced(to, 0, item);
        tell();
        keep();
      }
    },
    describe(key, alt) {
      const item = find(key);
      if (item === undefined || item.alt === alt) {
        return;
      }
      change(key, { alt });
      if (item.id !== null) {
        void saveAlt(key, item.id, alt);
      }
    },
    retry(key) {
      const item = find(key);
      if (item?.phase.name !== "refused" || !item.phase.canRetry) {
        return;
      }
      if (item.id !== null) {
        void saveAlt(key, item.id, item.alt ?? "");
      } else {
        change(key, { phase: { name: "queued" } });
        run();
      }
    },
    fault(key, error, kind) {
      find(key)?.running?.abort();
      change(key, { kind });
      refuse(key, error, false);
    },
    sendWhenThere() {
      isWanted = true;
      tell();
      settle();
    },
    doNotSend() {
      isWanted = false;
      tell();
    },
    clear() {
      const going = items.filter(({ id }) => id === null);
      going.forEach((item) => {
        letGo(item);
        item.uploading?.abandon();
      });
      items = items.filter(({ id }) => id !== null);
      isWanted = false;
      leftOut = 0;
      tell();
      return going.flatMap(({ file }) => file ?? []);
    },
  };
}

/** Those on the server in the order of their ids; the others keep their places between them. */
function inOrder(items: readonly Item[], ids: readonly string[]): readonly Item[] {
  const placed = ids.flatMap((id) => items.filter((item) => item.id === id));
  let at = 0;
  return items.map((item) => {
    if (item.id === null) {
      return item;
    }
    at += 1;
    return placed[at - 1] ?? item;
  });
}
