import type { Trouble } from "../data/draft-attempt.ts";
import type { DraftState } from "../data/draft.ts";

/** Which message tells how it stands with a draft; null: there is nothing to tell. */

const notFound = 404;
const tooLarge = 413;

export function stateWords({ phase, isBusy, trouble, isOut }: DraftState) {
  if (phase === "sending") {
    return "compose.sending" as const;
  }
  if (phase === "waiting") {
    return isBusy ? ("compose.busy" as const) : ("compose.waiting" as const);
  }
  if (trouble !== null) {
    return troubleWords(trouble);
  }
  return isOut === "yes"
    ? ("compose.isOut" as const)
    : isOut === "perhaps"
      ? ("compose.perhapsOut" as const)
      : null;
}

function troubleWords(trouble: Trouble) {
  if (trouble.kind === "earlier-sent") {
    return "compose.earlierSent" as const;
  }
  if (trouble.kind === "unsure") {
    return "compose.unsure" as const;
  }
  const { error } = trouble;
  if (error.code === "stories.text_too_long" || error.status === tooLarge) {
    return "compose.tooLong" as const;
  }
  if (error.code === "stories.text_empty") {
    return "compose.empty" as const;
  }
  if (error.code === "stories.unknown_media") {
    return "pictures.problem.gone" as const;
  }
  return error.status === notFound ? ("compose.gone" as const) : ("compose.refused" as const);
}
