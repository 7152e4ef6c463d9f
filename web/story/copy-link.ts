import { say } from "../app/notices.ts";
import { paths } from "../app/paths.ts";
import { currentText } from "../language/language.ts";

/** Puts the address of a story where it can be pasted from; shows it where the browser does not allow that. */
export async function copyLink(storyId: string): Promise<void> {
  const t = currentText();
  const address = new URL(paths.story(storyId), location.origin).href;
  try {
    await navigator.clipboard.writeText(address);
    say(t("story.linkCopied"));
  } catch {
    // Without TLS there is no clipboard for scripts: the address is there to be copied by hand.
    say(t("story.linkIs", { address }));
  }
}
