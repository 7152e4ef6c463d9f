import type { MediaCopy, MediaJson, WrittenMedia } from "./contract.ts";
import type { Addresses } from "./address.ts";

/** How media looks in the API. */

const msPerSecond = 1_000;

export function writeMedia(
  addresses: Pick<Addresses, "of">,
  copies: readonly MediaCopy[],
): WrittenMedia {
  let untilS = 0;
  const media = copies.map((copy): MediaJson => {
    const isReady = copy.state === "ready";
    const address = isReady ? addressOf(addresses, copy) : null;
    if (address !== null && address.untilS > 0) {
      untilS = untilS === 0 ? address.untilS : Math.min(untilS, address.untilS);
    }
    const urlOf = (name: string): string =>
      address === null ? "" : `${address.before}${name}${address.after}`;
    const [main] = copy.files;
    return {
      id: copy.id,
      kind: copy.kind,
      state: copy.state,
      problem: copy.problem,
      alt: copy.alt,
      width: copy.width,
      height: copy.height,
      durationSeconds: copy.durationMs === null ? null : copy.durationMs / msPerSecond,
      blurhash: copy.blurhash,
      url: isReady && main !== undefined ? urlOf(main.name) : null,
      previewUrl: isReady && copy.preview !== null ? urlOf(copy.preview) : null,
      variants: isReady
        ? copy.files.map(({ name, type, width }) => ({ url: urlOf(name), type, width }))
        : [],
    };
  });
  return { media, untilS };
}

function addressOf(
  addresses: Pick<Addresses, "of">,
  { id, secret, access }: MediaCopy,
): ReturnType<Addresses["of"]> {
  return addresses.of({ id: BigInt(id), secret }, access);
}

const avatarWidthMin = 160;

/**
 * The smallest picture that is large enough where faces are shown; of one that moves, the picture that stands
 * for it. Null while it is not there for all.
 */
export function writeAvatar(addresses: Pick<Addresses, "of">, copy: MediaCopy): string | null {
  if (copy.state !== "ready" || copy.access !== "public") {
    return null;
  }
  const pictures = copy.files
    .filter((file) => file.type === "image/webp")
    .toSorted((a, b) => a.width - b.width);
  const still = copy.durationMs === null ? null : copy.preview;
  const large = pictures.find(({ width }) => width >= avatarWidthMin) ?? pictures.at(-1);
  const name = still ?? large?.name;
  return name === undefined ? null : `${addressOf(addresses, copy).before}${name}`;
}
