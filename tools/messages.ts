/** Holds the message files of the web client against each other: the same keys, the same places. */

/** A language's messages: texts, in groups that may have groups. */
export type Messages = { readonly [name: string]: unknown };

/** What is wrong with the messages, a sentence each; `catalogs` by language, such as `en`. */
export function findMessageFaults(catalogs: ReadonlyMap<string, Messages>): string[] {
  const flat = new Map([...catalogs].map(([locale, messages]) => [locale, textsOf(messages)]));
  const keys = keysOf(flat.values());
  return [
    ...[...flat].flatMap(([locale, texts]) => [
      ...faultsOfTexts(texts).map((fault) => `${locale}: ${fault}`),
      ...faultsOfKeys(locale, texts, keys).map((fault) => `${locale}: ${fault}`),
    ]),
    ...[...keys.keys()].sort().flatMap((key) => faultsOfPlaces(key, flat)),
  ];
}

/** Every key as it is named in the code, without the forms of its plural. */
export function messageKeys(messages: Messages): ReadonlySet<string> {
  return new Set([...textsOf(messages).keys()].map((key) => partsOf(key).base));
}

type Texts = ReadonlyMap<string, unknown>;

function textsOf(messages: Messages, prefix = ""): Map<string, unknown> {
  const texts = new Map<string, unknown>();
  for (const [name, value] of Object.entries(messages)) {
    const inner =
      typeof value === "object" && value !== null
        ? textsOf(value as Messages, `${prefix}${name}.`)
        : [[`${prefix}${name}`, value] as const];
    for (const [key, text] of inner) texts.set(key, text);
  }
  return texts;
}

/** A message in the singular or plural has a form for each category of its language (CLDR). */
const form = /^(?<base>.+)_(?<category>zero|one|two|few|many|other)$/u;

function partsOf(key: string): { readonly base: string; readonly category: string | null } {
  const { base = key, category = null } = form.exec(key)?.groups ?? {};
  return { base, category };
}

/** Each key with whether it has plural forms. */
function keysOf(catalogs: Iterable<Texts>): ReadonlyMap<string, boolean> {
  const keys = new Map<string, boolean>();
  for (const texts of catalogs) {
    for (const key of texts.keys()) {
      const { base, category } = partsOf(key);
      keys.set(base, keys.get(base) === true || category !== null);
    }
  }
  return keys;
}

function faultsOfTexts(texts: Texts): string[] {
  return [...texts].flatMap(([key, text]) => {
    if (typeof text !== "string") return [`${key} is no text`];
    if (text.trim() === "") return [`${key} is empty`];
    const outside = text.replaceAll(/\{\{\w+\}\}/gu, "");
    return /[{}]/u.test(outside) ? [`${key} has a brace that is no {{place}}`] : [];
  });
}

function faultsOfKeys(locale: string, texts: Texts, keys: ReadonlyMap<string, boolean>): string[] {
  const { pluralCategories } = new Intl.PluralRules(locale).resolvedOptions();
  const wanted = [...keys].flatMap(([key, isPlural]) =>
    isPlural ? pluralCategories.map((category) => `${key}_${category}`) : [key],
  );
  const missing = wanted.filter((key) => !texts.has(key));
  const known = new Set(wanted);
  const surplus = [...texts.keys()].filter((key) => !known.has(key));
  return [
    ...missing.map((key) => `${key} is missing`),
    ...surplus.map((key) => `${key} is a form that this language does not have`),
  ];
}

/** In a form for one number that number may be left out: "a friend". */
const countPlace = "count";

function faultsOfPlaces(key: string, flat: ReadonlyMap<string, Texts>): string[] {
  const forms = [...flat].flatMap(([locale, texts]) =>
    [...texts]
      .filter(([each]) => partsOf(each).base === key)
      .map(([each, text]) => {
        const mayDropCount = ![null, "other"].includes(partsOf(each).category);
        return { name: `${locale}: ${each}`, places: placesIn(text), mayDropCount };
      }),
  );
  const all = new Set(forms.flatMap(({ places }) => [...places]));
  return forms.flatMap(({ name, places, mayDropCount }) =>
    [...all]
      .filter((place) => !places.has(place) && !(mayDropCount && place === countPlace))
      .map((place) => `${name} lacks {{${place}}}`),
  );
}

function placesIn(text: unknown): ReadonlySet<string> {
  const found = typeof text === "string" ? text.matchAll(/\{\{(?<name>\w+)\}\}/gu) : [];
  return new Set([...found].map(({ groups }) => groups?.["name"] ?? ""));
}
