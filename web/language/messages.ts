import type english from "./en.json";

/** What stands in the places of a message; `count` also chooses among its plural forms. */
export type Values = Readonly<Record<string, string | number>>;

type WithoutForm<Name extends string> = Name extends `${infer Plain}_${"one" | "other"}`
  ? Plain
  : Name;

type KeysOf<Messages> = {
  [Name in keyof Messages & string]: Messages[Name] extends string
    ? WithoutForm<Name>
    : `${Name}.${KeysOf<Messages[Name]>}`;
}[keyof Messages & string];

/** Where a message is, such as `feed.empty.title`; of one with plural forms, without the form. */
export type MessageKey = KeysOf<typeof english>;

/** Gives a message in one language. */
export type Say = (key: MessageKey, values?: Values) => string;

const place = /\{\{(\w+)\}\}/g;

/**
 * Messages by name, in groups of groups. A key that has no message is given back as it is;
 * `npm run check` knows of none. Numbers are written as the language does.
 */
export function createSay(locale: string, messages: object): Say {
  const plural = new Intl.PluralRules(locale);
  const number = new Intl.NumberFormat(locale);
  const all = new Map(entriesOf(messages, ""));
  const written = (value: string | number): string =>
    typeof value === "number" ? number.format(value) : value;
  return (key, values = {}) => {
    const { count } = values;
    const form = typeof count === "number" ? all.get(`${key}_${plural.select(count)}`) : undefined;
    const message = form ?? all.get(key) ?? key;
    return message.replace(place, (whole, name: string) => written(values[name] ?? whole));
  };
}

function entriesOf(messages: object, path: string): readonly (readonly [string, string])[] {
  return Object.entries(messages).flatMap(([name, value]: [string, object | string]) =>
    typeof value === "string"
      ? [[`${path}${name}`, value] as const]
      : entriesOf(value, `${path}${name}.`),
  );
}
