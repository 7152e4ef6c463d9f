/** What signed in, by how it named itself. Names of products are the same in every language. */
export interface Device {
  /** Null: it did not say, or nobody knows that name. */
  readonly browser: string | null;
  readonly system: string | null;
}

/** The first that fits: browsers call themselves by the names of others, too. */
const browsers: readonly (readonly [RegExp, string])[] = [
  [/SamsungBrowser\//u, "Samsung Internet"],
  [/\bEdgA?(?:iOS)?\//u, "Edge"],
  [/\bOPR\/|\bOpera/u, "Opera"],
  [/\bWhale\//u, "Whale"],
  [/\bYaBrowser\//u, "Yandex"],
  [/\bFirefox\/|\bFxiOS\//u, "Firefox"],
  [/\bCriOS\/|\bChrom(?:e|ium)\/|\bHeadlessChrome\//u, "Chrome"],
  [/\bVersion\/\S+ .*Safari\//u, "Safari"],
];

const systems: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b/u, "iPhone"],
  [/\biPad\b/u, "iPad"],
  [/\bAndroid\b/u, "Android"],
  [/\bCrOS\b/u, "ChromeOS"],
  [/\bWindows\b/u, "Windows"],
  [/\bMacintosh\b|\bMac OS X\b/u, "macOS"],
  [/\bLinux\b|\bX11\b/u, "Linux"],
];

const ownNameCharactersMax = 40;

export function deviceOf(userAgent: string): Device {
  const named = (list: typeof browsers): string | null =>
    list.find(([pattern]) => pattern.test(userAgent))?.[1] ?? null;
  return { browser: named(browsers) ?? ownName(userAgent), system: named(systems) };
}

/** Programs that are no browser begin with their own name: `curl/8.5.0`. */
function ownName(userAgent: string): string | null {
  const [name = ""] = userAgent.split(/[\s/]/u, 1);
  return name === "" || name === "Mozilla" ? null : name.slice(0, ownNameCharactersMax);
}
