import { say } from "../app/notices.ts";
import { paths } from "../app/paths.ts";
import { currentText } from "../language/language.ts";

/** Puts the address of a story where it can be pasted from, or before the reader, to be copied by hand. */
export async function copyLink(storyId: string): Promise<void> {
  const t = currentText();
  const address = new URL(paths.story(storyId), location.origin).href;
  try {
    await navigator.clipboard.writeText(address);
    say(t("story.linkCopied"));
  } catch {
    // Without TLS there is no clipboard for scripts; the browser's own question has the address marked.
    globalThis.prompt(t("story.linkIs"), address);
  }
}
