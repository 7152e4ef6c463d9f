/** Labels of one script: letters of another that look the same cannot hide among them. */
const readableLabels = [
  /^[a-z0-9-]+$/,
  /^[\p{Script=Hangul}0-9-]+$/u,
  /^[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}ー0-9-]+$/u,
];

/**
 * The host of an address as a reader should see it: as it was typed in Korean or Japanese, else as
 * the browser spells it, in which letters that imitate others show.
 */
export function hostOf(url: URL, typed: string): string {
  const authority = /^(?:https?:[\\/]*)?([^\\/?#]*)/i.exec(typed)?.[1] ?? "";
  const port = url.port === "" ? "" : `:${url.port}`;
  const host = authority.slice(authority.lastIndexOf("@") + 1).replace(/:\d*$/, "");
  const name = host.normalize("NFC").toLowerCase();
  const isReadable = name
    .split(".")
    .every((label) => readableLabels.some((pattern) => pattern.test(label)));
  return isReadable && spelled(name) === url.hostname ? `${name}${port}` : url.host;
}

function spelled(host: string): string | null {
  try {
    return new URL(`https://${host}`).hostname;
  } catch {
    return null;
  }
}
