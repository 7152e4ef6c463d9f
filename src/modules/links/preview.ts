import { descriptionGraphemesMax, readPage, titleGraphemesMax, webUrl } from "./page.ts";
import type { Page, PageBytes, Said } from "./page.ts";
import { tidyText } from "./tidy-text.ts";

/** From an answer to what a story shows of its link. */

/** What came is a page, a picture, or nothing of which there is a preview. */
export type Came = { readonly page: Page } | { readonly imageUrl: string } | null;

const pageTypes: readonly string[] = ["text/html", "application/xhtml+xml"];
/** Drawings are not among them: they are programs as much as pictures. */
const imageTypes: readonly string[] = [
  "image/jpeg",
  "image/png",
  "image/gif",
  "image/webp",
  "image/avif",
];
const lessThan = 0x3c;
const blank: readonly number[] = [0x20, 0x09, 0x0a, 0x0c, 0x0d, 0xef, 0xbb, 0xbf];

export function whatCame(answer: PageBytes): Came {
  const [type = ""] = (answer.contentType ?? "").split(";");
  const mediaType = type.trim().toLowerCase();
  if (imageTypes.includes(mediaType)) {
    return { imageUrl: answer.url };
  }
  const isPage = pageTypes.includes(mediaType) || (mediaType === "" && beginsWithTag(answer.bytes));
  return isPage ? { page: readPage(answer) } : null;
}

function beginsWithTag(bytes: Uint8Array): boolean {
  return bytes.find((byte) => !blank.includes(byte)) === lessThan;
}

const nothing: Said = { title: null, description: null, imageUrl: null };

/** Where oEmbed could tell what the page does not say of itself for being shown elsewhere; null: nowhere. */
export function embedWanted({ social, embedUrl }: Page): string | null {
  return social.title === null || social.imageUrl === null ? embedUrl : null;
}

/** What oEmbed tells, whatever it is that came. */
export function readEmbed({ bytes, url }: Pick<PageBytes, "bytes" | "url">): Said {
  const value = parsed(Buffer.from(bytes).toString("utf8"));
  const textOf = (name: string): string | null => {
    const member: unknown = value?.[name];
    return typeof member === "string" ? member : null;
  };
  const photo = textOf("type") === "photo" ? textOf("url") : null;
  return {
    title: tidyText(textOf("title"), titleGraphemesMax),
    description: tidyText(textOf("description"), descriptionGraphemesMax),
    imageUrl: webUrl(textOf("thumbnail_url"), url) ?? webUrl(photo, url),
  };
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" ? (value as Readonly<Record<string, unknown>> | null) : null;
  } catch {
    return null;
  }
}

/** What was made for being shown elsewhere comes first; null: there is nothing to be shown. */
export function previewOf({ social, plain }: Page, embed: Said | null): Said | null {
  const sources = [social, embed ?? nothing, plain];
  const first = (name: keyof Said): string | null =>
    sources.map((said) => said[name]).find((value) => value !== null) ?? null;
  const preview = {
    title: first("title"),
    description: first("description"),
    imageUrl: first("imageUrl"),
  };
  return preview.title === null && preview.imageUrl === null ? null : preview;
}
