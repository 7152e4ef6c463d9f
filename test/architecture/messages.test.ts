/** Plants what may be wrong with messages and their use, and what only looks wrong. */
import { describe, expect, it } from "vitest";
import { findUseFaults } from "../../tools/message-uses.ts";
import { findMessageFaults, messageKeys, type Messages } from "../../tools/messages.ts";

const english: Messages = {
  feed: { title: "Feed", new_one: "{{count}} new story", new_other: "{{count}} new stories" },
  by: "By {{name}}",
};
const korean: Messages = {
  feed: { title: "피드", new_other: "새 글 {{count}}개" },
  by: "{{name}} 님의 글",
};

/** The faults of English and Korean messages, of which these are changed. */
function faults(inEnglish: Messages, inKorean: Messages = {}): string[] {
  return findMessageFaults(
    new Map([
      ["en", { ...english, ...inEnglish }],
      ["ko", { ...korean, ...inKorean }],
    ]),
  );
}

describe("messages", () => {
  it("are right when both languages have the same, each in its own plural forms", () => {
    expect(faults({})).toEqual([]);
    expect(
      faults(
        { a_one: "a friend of {{name}}", a_other: "{{count}} of {{name}}" },
        { a_other: "{{name}} {{count}}" },
      ),
    ).toEqual([]);
    expect(faults({ "flat.key": "x" }, { flat: { key: "x" } })).toEqual([]);
  });

  it.each<[string, Messages, Messages, string[]]>([
    ["a key that one language lacks", { more: "more" }, {}, ["ko: more is missing"]],
    ["a key that is in one language alone", {}, { more: "더" }, ["en: more is missing"]],
    [
      "a plural form that a language lacks",
      { a_other: "a" },
      { a_other: "a" },
      ["en: a_one is missing"],
    ],
    [
      "a plural form that a language does not have",
      { a_one: "a", a_other: "a" },
      { a_one: "a", a_other: "a" },
      ["ko: a_one is a form that this language does not have"],
    ],
    [
      "a message that has plural forms in one language alone",
      { a_one: "a", a_other: "a" },
      { a: "a" },
      ["ko: a_other is missing", "ko: a is a form that this language does not have"],
    ],
    ["an empty text", { a: " " }, { a: "a" }, ["en: a is empty"]],
    ["what is no text", { a: 1 }, { a: "a" }, ["en: a is no text"]],
    ["a place that one language lacks", { a: "{{x}}" }, { a: "a" }, ["ko: a lacks {{x}}"]],
    [
      "a place with another name",
      { a: "{{x}}" },
      { a: "{{y}}" },
      ["en: a lacks {{y}}", "ko: a lacks {{x}}"],
    ],
    [
      "a count that the general form lacks",
      { a_one: "{{count}}", a_other: "{{count}}" },
      { a_other: "a" },
      ["ko: a_other lacks {{count}}"],
    ],
    [
      "a place with one brace",
      { a: "{x}" },
      { a: "x" },
      ["en: a has a brace that is no {{place}}"],
    ],
  ])("are wrong with %s", (_, inEnglish, inKorean, expected) => {
    expect(faults(inEnglish, inKorean)).toEqual(expected);
  });

  it("are named without their plural forms", () => {
    expect([...messageKeys(english)]).toEqual(["feed.title", "feed.new", "by"]);
  });
});

const keys = new Set(["feed.title", "feed.new", "story.to.public", "story.to.friends"]);
const all = `t("feed.title"); t("feed.new", { count: 2 }); t(\`story.to.\${whom}\`);`;

const faultsIn = (text: string, rest = all): string[] =>
  findUseFaults([{ name: "web/feed/page.tsx", text: `${text}\n${rest}` }], keys);

describe("messages are used", () => {
  it.each([
    ["by their key", ""],
    ["in both branches of a condition", `t(isNew ? "feed.new" : ("feed.title"));`],
    ["by a key that is chosen first", `const key = "feed.title"; t(key);`],
    [
      "beside what is no text",
      `<a className="link" href="/x" title={t("feed.title")}>{name} · 12 ✓</a>;`,
    ],
    ["beside what code compares with", `<p>{kind === t ? name : null}{count + 1}</p>;`],
    [
      "beside attributes that nobody sees",
      `<input type="text" id="name" data-kind="own" enterKeyHint="search" />;`,
    ],
  ])("%s", (_, text) => {
    expect(faultsIn(text)).toEqual([]);
  });

  it.each([
    ["a key that is not there", `t("feed.gone");`, "there is no message feed.gone"],
    [
      "a key that is not there in a branch",
      `t(a ? "feed.title" : "gone");`,
      "there is no message gone",
    ],
    ["a pattern that fits no key", "t(`story.for.${x}`);", "there is no message story.for.…"],
    ["a text of an element", "<p>Hello</p>;", "a text that is no message: Hello"],
    ["a text in Korean", "<p>안녕하세요 {name}</p>;", "a text that is no message: 안녕하세요"],
    ["a text of a fragment", "<>Hello</>;", "a text that is no message: Hello"],
    ["a text in braces", `<p>{"Hello"}</p>;`, `a text that is no message: "Hello"`],
    ["a text that may be shown", `<p>{is && "Hello"}</p>;`, `a text that is no message: "Hello"`],
    ["a text with holes", "<p>{`by ${name}`}</p>;", "a text that is no message: `by ${name}`"],
    [
      "an attribute that is heard",
      `<b aria-label="Close" />;`,
      `a text that is no message: "Close"`,
    ],
    [
      "an attribute with an expression",
      `<b title={a ? "A" : t("feed.new")} />;`,
      `a text that is no message: "A"`,
    ],
    [
      "an attribute of a part of ours",
      `<Menu closeLabel="Close" />;`,
      `a text that is no message: "Close"`,
    ],
  ])("wrongly with %s", (_, text, fault) => {
    expect(faultsIn(text)).toEqual([`web/feed/page.tsx:1 ${fault}`]);
  });

  it("or are left over", () => {
    expect(faultsIn("", `t("feed.title"); t(\`story.to.\${whom}\`);`)).toEqual([
      "no source uses the message feed.new",
    ]);
    expect(faultsIn("", `t("feed.title"); t("feed.new"); t("story.to.public");`)).toEqual([
      "no source uses the message story.to.friends",
    ]);
  });
});
