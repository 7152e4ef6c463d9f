import { readdir, readFile } from "node:fs/promises";
import { Type, type Static, type TSchema } from "typebox";
import { Check } from "typebox/value";
import { assert } from "../kernel/assert.ts";
import { variantsOf, type Phrase } from "./phrases.ts";

/**
 * Who lives in the sample community and what they write, as the files of the folders `ko`, `ja` and
 * `en` say: one file a member, and `answers.json` with what is said to visitors.
 */

export const locales = ["ko", "ja", "en"] as const;
export type SampleLocale = (typeof locales)[number];

/** A text of one line, or line by line. */
const textSchema = Type.Union([Type.String(), Type.Array(Type.String())]);

/** `handle: text`, or `> handle: text` for an answer to the comment above it. */
const commentSchema = Type.String({ pattern: "^(> )?[a-z0-9_]+: [^]+$" });

const dayPartSchema = Type.Union([
  Type.Literal("dawn"),
  Type.Literal("morning"),
  Type.Literal("noon"),
  Type.Literal("afternoon"),
  Type.Literal("evening"),
  Type.Literal("night"),
  /** In the last two hours, whatever the time of the day is. */
  Type.Literal("now"),
]);
export type DayPart = Static<typeof dayPartSchema>;

const fileSchema = Type.Object(
  {
    handle: Type.String(),
    name: Type.String(),
    bio: Type.String(),
    /** Somebody that a visitor may be: never acts by itself. */
    signsIn: Type.Optional(Type.Boolean()),
    past: Type.Array(
      Type.Object(
        {
          at: dayPartSchema,
          text: textSchema,
          to: Type.Optional(Type.Literal("friends")),
          comments: Type.Optional(Type.Array(commentSchema)),
        },
        { additionalProperties: false },
      ),
    ),
    lively: Type.Array(
      Type.Object(
        { text: textSchema, comments: Type.Optional(Type.Array(commentSchema)) },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);

const answersSchema = Type.Object(
  {
    /** To a comment of a visitor. */
    toComments: Type.Array(Type.String()),
    /** To a comment that asks something. */
    toQuestions: Type.Array(Type.String()),
    /** To a story of a visitor. */
    toStories: Type.Array(Type.String()),
  },
  { additionalProperties: false },
);
export type Answers = Static<typeof answersSchema>;

export interface SampleComment {
  readonly by: string;
  readonly text: string;
  /** Which comment of the same story it answers, by its place in the list. */
  readonly answers: number | undefined;
}

export interface PastStory {
  readonly at: DayPart;
  readonly text: string;
  readonly friendsOnly: boolean;
  readonly comments: readonly SampleComment[];
}

export interface LivelyStory extends Phrase {
  readonly comments: readonly SampleComment[];
}

export interface Member {
  readonly handle: string;
  readonly name: string;
  readonly bio: string;
  readonly locale: SampleLocale;
  readonly signsIn: boolean;
  /** Oldest first. */
  readonly past: readonly PastStory[];
  /** What there is to say while somebody looks. */
  readonly lively: readonly LivelyStory[];
}

export interface Sample {
  readonly members: readonly Member[];
  readonly answers: Readonly<Record<SampleLocale, Answers>>;
}

const answersFile = "answers.json";

export async function readSample(): Promise<Sample> {
  const folders = await Promise.all(locales.map(readLanguage));
  const answersOf = (locale: SampleLocale): Answers => {
    const found = folders.find((folder) => folder.locale === locale)?.answers;
    assert(found !== undefined, `${locale}/${answersFile} is there`);
    return found;
  };
  return {
    members: folders.flatMap(({ members }) => members),
    answers: { ko: answersOf("ko"), ja: answersOf("ja"), en: answersOf("en") },
  };
}

async function readLanguage(locale: SampleLocale) {
  const folder = new URL(`${locale}/`, import.meta.url);
  const names = (await readdir(folder)).filter((name) => name.endsWith(".json")).sort();
  const members = names
    .filter((name) => name !== answersFile)
    .map(async (name) => memberOf(locale, await readJson(new URL(name, folder), fileSchema)));
  return {
    locale,
    answers: await readJson(new URL(answersFile, folder), answersSchema),
    members: await Promise.all(members),
  };
}

async function readJson<S extends TSchema>(file: URL, schema: S): Promise<Static<S>> {
  const value: unknown = JSON.parse(await readFile(file, "utf8"));
  assert(Check(schema, value), `${file.pathname} has the form of its schema`);
  return value;
}

function memberOf(locale: SampleLocale, file: Static<typeof fileSchema>): Member {
  const { handle, name, bio, signsIn = false, past, lively } = file;
  return {
    handle,
    name,
    bio,
    locale,
    signsIn,
    past: past.map(({ at, text, to, comments = [] }) => ({
      at,
      text: textOf(text),
      friendsOnly: to === "friends",
      comments: commentsOf(comments),
    })),
    lively: lively.map(({ text, comments = [] }) => ({
      variants: variantsOf(textOf(text)),
      comments: commentsOf(comments),
    })),
  };
}

function textOf(text: Static<typeof textSchema>): string {
  return typeof text === "string" ? text : text.join("\n");
}

function commentsOf(lines: readonly string[]): readonly SampleComment[] {
  let answered: number | undefined;
  return lines.map((line, place) => {
    const isAnswer = line.startsWith("> ");
    answered = isAnswer ? answered : place;
    const [by = "", ...rest] = line.replace(/^> /u, "").split(": ");
    return { by, text: rest.join(": "), answers: isAnswer ? answered : undefined };
  });
}
