import { Parser } from "htmlparser2";
import { decodePage } from "./charset.ts";
import { tidyText } from "./tidy-text.ts";

/** What a page says of itself, in one way or another. */
export interface Said {
  readonly title: string | null;
  readonly description: string | null;
  /** Absolute, http or https. */
  readonly imageUrl: string | null;
}

export interface Page {
  /** For being shown elsewhere: Open Graph, then Twitter's cards. */
  readonly social: Said;
  /** For whoever reads the page. */
  readonly plain: Said;
  /** Where oEmbed tells more in JSON. */
  readonly embedUrl: string | null;
}

export const titleGraphemesMax = 200;
export const descriptionGraphemesMax = 400;
/** Heads of pages have hundreds of elements at most, hardly any in another, and few words about each. */
const elementsMax = 5_000;
const depthMax = 50;
const attributesMax = 100;
const titleCharactersMax = 4_096;
const urlCharactersMax = 2_048;
const embedType = "application/json+oembed";

/** What stands in the head, as it is written; of what stands there twice, the first. */
interface Head {
  readonly metas: ReadonlyMap<string, string>;
  readonly title: string;
  readonly base: string | null;
  readonly embed: string | null;
}

export interface PageBytes {
  readonly bytes: Uint8Array;
  readonly contentType: string | null;
  readonly url: string;
}

export function readPage({ bytes, contentType, url }: PageBytes): Page {
  const { metas, title, base, embed } = readHead(decodePage(bytes, contentType));
  const from = webUrl(base, url) ?? url;
  const first = <T>(keys: readonly string[], read: (text: string) => T | null): T | null => {
    for (const key of keys) {
      const text = metas.get(key);
      const value = text === undefined ? null : read(text);
      if (value !== null) {
        return value;
      }
    }
    return null;
  };
  const titleOf = (text: string): string | null => tidyText(text, titleGraphemesMax);
  const descriptionOf = (text: string): string | null => tidyText(text, descriptionGraphemesMax);
  return {
    social: {
      title: first(["og:title", "twitter:title"], titleOf),
      description: first(["og:description", "twitter:description"], descriptionOf),
      imageUrl: first(imageKeys, (text) => webUrl(text, from)),
    },
    plain: {
      title: titleOf(title) ?? first(["og:site_name"], titleOf),
      description: first(["description"], descriptionOf),
      imageUrl: null,
    },
    embedUrl: webUrl(embed, from),
  };
}

const imageKeys = [
  "og:image:secure_url",
  "og:image",
  "og:image:url",
  "twitter:image",
  "twitter:image:src",
];

/** Absolute, of the web, and not too long to be asked for; null: it is none. */
export function webUrl(text: string | null, base: string): string | null {
  const trimmed = text?.trim() ?? "";
  // Measured before it is parsed: the longer an international name is, the more each letter of it costs.
  const isFit = trimmed !== "" && trimmed.length <= urlCharactersMax;
  const url = isFit ? URL.parse(trimmed, base) : null;
  const isWeb = url?.protocol === "https:" || url?.protocol === "http:";
  return url !== null && isWeb && url.href.length <= urlCharactersMax ? url.href : null;
}

/** Reads until the body begins, or there is more than a head has. */
function readHead(text: string): Head {
  const metas = new Map<string, string>();
  const head = { title: "", base: null as string | null, embed: null as string | null };
  let titles = 0;
  let isInTitle = false;
  let drawings = 0;
  let elements = 0;
  let attributes = 0;
  let depth = 0;

  function takeMeta({ property, name, content }: Attributes): void {
    const key = (property ?? name ?? "").trim().toLowerCase();
    if (key === "" || content === undefined || content.trim() === "") {
      return;
    }
    const isOfAnother = key === "og:image:secure_url" && metas.has("og:image+");
    if (key === "og:image" && metas.has(key)) {
      // What follows describes the second image.
      metas.set("og:image+", content);
    } else if (!metas.has(key) && !isOfAnother) {
      metas.set(key, content);
    }
  }

  function takeLink({ rel = "", type = "", href }: Attributes): void {
    const isAlternate = rel.toLowerCase().split(/\s+/).includes("alternate");
    if (isAlternate && type.trim().toLowerCase() === embedType) {
      head.embed ??= href ?? null;
    }
  }

  const parser = new Parser({
    onattribute() {
      attributes += 1;
      if (attributes > attributesMax) {
        parser.pause();
      }
    },
    onopentag(name, found: Attributes) {
      elements += 1;
      attributes = 0;
      depth += 1;
      if (name === "body" || elements > elementsMax || depth > depthMax) {
        // It is never resumed: what follows is not looked at.
        parser.pause();
      } else if (name === "meta") {
        takeMeta(found);
      } else if (name === "link") {
        takeLink(found);
      } else if (name === "base") {
        head.base ??= found.href ?? null;
      } else if (name === "svg") {
        drawings += 1;
      } else if (name === "title" && drawings === 0) {
        titles += 1;
        isInTitle = titles === 1;
      }
    },
    ontext(part) {
      if (isInTitle && head.title.length < titleCharactersMax) {
        head.title += part;
      }
    },
    onclosetag(name) {
      depth -= 1;
      if (name === "title") {
        isInTitle = false;
      } else if (name === "svg") {
        drawings -= 1;
      }
    },
  });
  parser.write(text);
  parser.end();
  return { metas, ...head };
}

interface Attributes {
  readonly property?: string;
  readonly name?: string;
  readonly content?: string;
  readonly rel?: string;
  readonly type?: string;
  readonly href?: string;
}
