import type { Person, Story } from "../../support/api-client.ts";
import { photoFile, prepared, upload, videoFile } from "./media.ts";

/** Stories with photos and videos, in every number and shape that looks otherwise. */
export interface Album {
  /** Upright, with nothing said of it. */
  readonly upright: Story;
  readonly three: Story;
  /** More than are shown in a list; the first is described at length. */
  readonly many: Story;
  readonly film: Story;
  /** An address of a picture that everybody may see. */
  readonly pictureUrl: string;
}

const sizes = [
  [1_200, 900],
  [900, 1_350],
  [1_000, 1_000],
  [1_200, 700],
  [900, 1_100],
  [1_200, 800],
] as const;

/** `words`: what is said with them, in the language that is looked at. */
export async function makeAlbum(
  place: { readonly url: string },
  author: Person,
  words: readonly string[],
): Promise<Album> {
  const description = words[1] ?? "";
  const ids: string[] = [];
  for (const [seed, [width, height]] of sizes.entries()) {
    const file = await photoFile(seed, width, height);
    ids.push(await upload(place, author, file, seed === 0 ? description : ""));
  }
  const film = await upload(place, author, await videoFile(4), "");
  await prepared(author, [...ids, film]);
  const withMedia = (mediaIds: readonly string[], text = ""): Promise<Story> =>
    author.publish(text, { mediaIds });
  const { text } = await author.get(`/v1/media/${ids[0] ?? ""}`);
  const { media } = JSON.parse(text) as { readonly media: { readonly previewUrl: string } };
  return {
    upright: await withMedia(ids.slice(1, 2)),
    three: await withMedia(ids.slice(0, 3), words[0]),
    film: await withMedia([film], words[6]),
    many: await withMedia(ids, words[1]),
    pictureUrl: media.previewUrl,
  };
}
