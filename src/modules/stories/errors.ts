import { defineProblem, type Problem } from "../../kernel/problem.ts";

export const textTooLong = defineProblem({
  code: "stories.text_too_long",
  status: 400,
  title: "The text is too long.",
});

export const textEmpty = defineProblem({
  code: "stories.text_empty",
  status: 400,
  title: "There is nothing to publish: the text is empty.",
});

export const unknownMedia = defineProblem({
  code: "stories.unknown_media",
  status: 400,
  title: "There is no such media, or it is not yours.",
});

export const notAuthor = defineProblem({
  code: "stories.not_author",
  status: 403,
  title: "Only the author may do this.",
});

export const notResharable = defineProblem({
  code: "stories.not_resharable",
  status: 403,
  title: "Only public stories can be reshared.",
});

/** The same error once as a sentence and once as a place in the body. */
export function ofText(problem: typeof textTooLong, message: string): Problem {
  return problem({ detail: `/text: ${message}`, errors: [{ path: "/text", message }] });
}
