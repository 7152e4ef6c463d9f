import { navigate } from "wouter/use-browser-location";
import { say } from "../app/notices.ts";
import { paths } from "../app/paths.ts";
import { showOwn } from "../story/show-own.ts";
import { takeInComment } from "../story/use-comments.ts";
import type { SentThing } from "../data/drafts.ts";
import { readStory, stories } from "../data/world.ts";
import { currentText } from "../language/language.ts";

/** An answer that came this late may be one to an earlier request. */
const freshMs = 10_000;

/** Shows what has just been published where it belongs, and says so. */
export function tellOf(sent: SentThing): void {
  if (sent.kind === "comment") {
    takeInComment(sent.comment);
    return;
  }
  const { story, isNew, isLast } = sent;
  const t = currentText();
  if (isNew) {
    showOwn(story);
    if (Date.now() - Date.parse(story.createdAt) > freshMs) {
      void lookAgain(story.id);
    }
  } else {
    stories.put(story);
  }
  if (isLast) {
    const see = {
      label: t("compose.see"),
      run: () => {
        navigate(paths.story(story.id));
      },
    };
    say(t(isNew ? "compose.published" : "compose.saved"), isNew ? { action: see } : {});
  }
}

/** What has become of it since it arrived. */
async function lookAgain(id: string): Promise<void> {
  try {
    const story = await readStory(id);
    if (story === "gone") {
      stories.remove(id);
    } else {
      stories.put(story);
    }
  } catch {
    // What the first answer said is shown until something tells otherwise.
  }
}
