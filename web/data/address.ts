/** The address as the browser reads it; null for what is none. `URL.parse` is too new to rely on. */
export function addressOf(text: string, base?: string): URL | null {
  try {
    return new URL(text, base);
  } catch {
    return null;
  }
}
