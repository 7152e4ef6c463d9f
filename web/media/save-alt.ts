import { say } from "../app/notices.ts";
import { isSignedOut } from "../data/client.ts";
import { currentText } from "../language/language.ts";
import { refusalWords } from "./media-words.ts";
import { saveAlt } from "./upload.ts";

/** Saves what is said of a photo or video that a story shows; the story itself tells of it then. */
export async function saveAltOf(id: string, alt: string): Promise<void> {
  const t = currentText();
  const job = new AbortController();
  try {
    await saveAlt(id, alt, {
      signal: job.signal,
      onWait: (why) => {
        say(t(`app.waiting.${why}`), { isProblem: true });
      },
    });
    say(t("compose.saved"));
  } catch (error) {
    if (!isSignedOut(error)) {
      say(t(refusalWords(error)), { isProblem: true });
    }
  }
}
