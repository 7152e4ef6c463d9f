import { say } from "../app/notices.ts";
import { api, isProblem, isSignedOut, maru, type Story } from "../data/client.ts";
import { stories } from "../data/world.ts";
import { currentText } from "../language/language.ts";
import { showOwn } from "./show-own.ts";

const notFound = 404;

/** Deletes a story, out of sight at once; for a few seconds a notice offers to bring it back. */
export function removeStory(story: Story): void {
  const t = currentText();
  stories.remove(story.id);
  const removed = remove(story);
  say(t("story.removed"), {
    action: {
      label: t("app.undo"),
      run: () => void removed.then((isRemoved) => (isRemoved ? restore(story) : undefined)),
    },
  });
}

/** False: it could not be deleted, and is there again. */
async function remove(story: Story): Promise<boolean> {
  try {
    await api.DELETE("/v1/stories/{id}", { params: { path: { id: story.id } } });
    return true;
  } catch (error) {
    showOwn(story);
    complain(error, "story.removeFailed");
    return false;
  }
}

async function restore(story: Story): Promise<void> {
  showOwn(story);
  try {
    const params = { path: { id: story.id } };
    const restored = await maru.data(api.POST("/v1/stories/{id}/restore", { params }));
    stories.put(restored.story);
  } catch (error) {
    stories.remove(story.id);
    const isTooLate = isProblem(error) && error.status === notFound;
    complain(error, isTooLate ? "story.restoreTooLate" : "story.restoreFailed");
  }
}

function complain(
  error: unknown,
  words: "story.removeFailed" | "story.restoreTooLate" | "story.restoreFailed",
): void {
  if (!isSignedOut(error)) {
    say(currentText()(words), { isProblem: true });
  }
}
