import { say } from "../app/notices.ts";
import type { Reaction } from "../data/reactions.ts";
import { currentText } from "../language/language.ts";

/** A like or reshare that was seen at once could not be kept, and has been taken back. */
export function tellOfReaction({ reaction }: { readonly reaction: Reaction }): void {
  const t = currentText();
  say(t(reaction === "liked" ? "story.likeFailed" : "story.reshareFailed"), { isProblem: true });
}
