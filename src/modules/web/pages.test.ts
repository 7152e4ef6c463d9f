import { expect, test } from "vitest";
import { pageOf } from "./pages.ts";

test.each([
  ["/", "feed", "/"],
  ["/?new=1#top", "feed", "/"],
  ["/stories/123456", "story", "/stories/{id}"],
  ["/@somebody", "profile", "/@{handle}"],
  ["/@somebody/friends", "profile", "/@{handle}/{rest*}"],
  ["/friends/requests", "friends", "/friends/{rest*}"],
  ["/settings/privacy?x=/search", "settings", "/settings/{rest*}"],
  ["/sign-in", "sign-in", "/sign-in"],
  ["/stories", "other", "-"],
  ["/stories/1/2", "other", "-"],
  ["/@", "other", "-"],
  ["https://elsewhere.example/", "other", "-"],
  ["", "other", "-"],
])("%s is the page of kind %s", (path, kind, pattern) => {
  expect(pageOf(path)).toMatchObject({ kind, path: pattern });
});
