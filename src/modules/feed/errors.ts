import { defineProblem } from "../../kernel/problem.ts";

export const tooManyStreams = defineProblem({
  code: "feed.too_many_streams",
  status: 503,
  title: "There are as many live streams as this server can hold. Try again soon.",
});
