import { invalid } from "../../kernel/problem.ts";
import { countGraphemes, isBlank, normalizeText, textFault, utf8Bytes } from "../../kernel/text.ts";
import { ofText, textEmpty, textTooLong } from "./errors.ts";
import { canonicalLanguage, guessLanguage } from "./language.ts";
import { findLink, linkTo, normalizeUrl, type Link, type LinkFault } from "./link.ts";

/** What people write, checked: what a story or a comment may hold. */

export interface TextBounds {
  readonly graphemesMax: number;
  /** In UTF-8. A grapheme has no bound of its own, so that the bytes need one. */
  readonly bytesMax: number;
}

export const storyTextBounds: TextBounds = { graphemesMax: 5000, bytesMax: 32 * 1024 };
export const commentTextBounds: TextBounds = { graphemesMax: 1000, bytesMax: 8 * 1024 };

export interface DraftInput {
  readonly text: string;
  readonly link?: string | undefined;
  readonly lang?: string | undefined;
}

/** The part of a story that its author writes, as it is stored. */
export interface Draft {
  readonly text: string;
  readonly lang: string;
  /** The author named it; otherwise it is guessed again with each new text. */
  readonly langGiven: boolean;
  readonly link: Link | null;
  /** The author named it; otherwise it is found again in each new text. */
  readonly linkGiven: boolean;
}

const linkFaults: Readonly<Record<LinkFault, string>> = {
  "not-a-url": "is not a URL",
  "not-http": "is not an http or https URL",
  "has-credentials": "has a user name or a password in it",
  "too-long": "is longer than 2,048 characters",
};

const faults = {
  nul: "contains U+0000",
  "lone-surrogate": "contains half a character",
} as const;

/** In NFC, otherwise as it was written. */
export function parseText(text: string, bounds: TextBounds): string {
  const fault = textFault(text);
  if (fault !== null) {
    throw invalid("/text", faults[fault]);
  }
  const normalized = normalizeText(text);
  if (utf8Bytes(normalized) > bounds.bytesMax) {
    throw ofText(textTooLong, `is longer than ${String(bounds.bytesMax)} bytes`);
  }
  // A grapheme has at least one code unit, so only long texts need counting.
  const { graphemesMax } = bounds;
  if (normalized.length > graphemesMax && countGraphemes(normalized, graphemesMax) > graphemesMax) {
    throw ofText(textTooLong, `is longer than ${String(graphemesMax)} characters`);
  }
  return normalized;
}

export function parseCommentText(text: string): string {
  const parsed = parseText(text, commentTextBounds);
  if (isBlank(parsed)) {
    throw ofText(textEmpty, "is empty");
  }
  return parsed;
}

function parseLink(link: string): Link {
  const parsed = normalizeUrl(link);
  if ("fault" in parsed) {
    throw invalid("/link", linkFaults[parsed.fault]);
  }
  return linkTo(parsed.url);
}

function parseLanguage(lang: string): string {
  const canonical = canonicalLanguage(lang);
  if (canonical === null) {
    throw invalid("/lang", "is not a BCP 47 language tag");
  }
  return canonical;
}

function assertNotEmpty(draft: Draft, hasMedia: boolean): Draft {
  if (isBlank(draft.text) && draft.link === null && !hasMedia) {
    throw ofText(textEmpty, "is empty, and there is neither media nor a link");
  }
  return draft;
}

export function parseDraft(input: DraftInput, hasMedia = false): Draft {
  const text = parseText(input.text, storyTextBounds);
  const draft: Draft = {
    text,
    lang: input.lang === undefined ? guessLanguage(text) : parseLanguage(input.lang),
    langGiven: input.lang !== undefined,
    link: input.link === undefined ? findLink(text) : parseLink(input.link),
    linkGiven: input.link !== undefined,
  };
  return assertNotEmpty(draft, hasMedia);
}

/** The draft with another text: what was told from the old one is told anew. */
export function withText(draft: Draft, newText: string, hasMedia = false): Draft {
  const text = parseText(newText, storyTextBounds);
  const found = draft.linkGiven ? draft.link : findLink(text);
  const rewritten: Draft = {
    ...draft,
    text,
    lang: draft.langGiven ? draft.lang : guessLanguage(text),
    // What is known of an address stays while it does.
    link: found?.url === draft.link?.url ? draft.link : found,
  };
  return assertNotEmpty(rewritten, hasMedia);
}
