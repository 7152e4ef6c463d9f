import type { Id } from "../../src/kernel/id.ts";
import type { Media, MediaCopy } from "../../src/modules/media/contract.ts";
import { writeAvatar, writeMedia } from "../../src/modules/media/write.ts";

/** Media in memory, for the tests of modules that show it. Addresses that end do so at `signedUntilS`. */
export interface MediaStub extends Media {
  put(ownerId: Id, copy: Partial<MediaCopy> & { readonly id: string }): MediaCopy;
  remove(id: string): void;
  signedUntilS: number;
  /** In front of the paths of links' pictures. */
  baseUrl: string;
}

const outOfScope = (): never => {
  throw new Error("the stub knows media items alone");
};

export function createMediaStub(): MediaStub {
  const items = new Map<string, { readonly ownerId: Id; readonly copy: MediaCopy }>();
  const stub: MediaStub = {
    signedUntilS: 0,
    baseUrl: "",
    put(ownerId, given) {
      const copy: MediaCopy = {
        version: 1,
        kind: "image",
        state: "ready",
        problem: null,
        alt: "",
        width: 640,
        height: 480,
        durationMs: null,
        blurhash: "L00000fQfQfQfQfQfQfQfQfQfQfQ",
        secret: "secret",
        access: "public",
        files: [{ name: "640.webp", type: "image/webp", width: 640 }],
        preview: "640.webp",
        ...given,
      };
      items.set(copy.id, { ownerId, copy });
      return copy;
    },
    remove(id) {
      items.delete(id);
    },
    usable: async (_context, ownerId, ids) =>
      ids.map((id) => {
        const item = items.get(String(id));
        return item?.ownerId === ownerId ? item.copy : null;
      }),
    current: async (_context, ids) => ids.map((id) => items.get(String(id))?.copy ?? null),
    write: (copies) => writeMedia(addresses, copies),
    avatarUrl: (copy) => writeAvatar(addresses, copy),
    mayKeep: outOfScope,
    keepPreview: outOfScope,
    previewUrl: (path) => `${stub.baseUrl}${path}`,
    dropPreviews: outOfScope,
    workFolder: outOfScope,
  };
  const addresses: Parameters<typeof writeMedia>[0] = {
    of: ({ id, secret }, access) => ({
      before: `/media/${String(id)}.${secret}/`,
      after: access === "public" ? "" : `?s=${String(stub.signedUntilS)}`,
      untilS: access === "public" ? 0 : stub.signedUntilS,
    }),
  };
  return stub;
}
