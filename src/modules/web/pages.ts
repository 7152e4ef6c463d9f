import { pathPattern } from "../../ports/routes.ts";

/**
 * The addresses of the client's pages. The server answers each with the same page, whose script
 * shows what belongs there; every other address is 404, so that search engines and people who
 * mistyped are told the truth. The kind is the label of a page in metrics.
 */
export const pages = [
  { kind: "feed", path: "/" },
  { kind: "story", path: "/stories/{id}" },
  { kind: "profile", path: "/@{handle}" },
  { kind: "profile", path: "/@{handle}/{rest*}" },
  { kind: "friends", path: "/friends" },
  { kind: "friends", path: "/friends/{rest*}" },
  { kind: "search", path: "/search" },
  { kind: "notifications", path: "/notifications" },
  { kind: "settings", path: "/settings" },
  { kind: "settings", path: "/settings/{rest*}" },
  { kind: "welcome", path: "/welcome" },
  { kind: "sign-in", path: "/sign-in" },
  { kind: "sign-up", path: "/sign-up" },
] as const;

interface NamedPage {
  readonly kind: (typeof pages)[number]["kind"] | "other";
  /** Without who or what the page is about, such as `/@{handle}`; `-` for no page of ours. */
  readonly path: string;
}

const patterns = pages.map((page) => ({ page, pattern: pathPattern(page.path) }));
const otherPage: NamedPage = { kind: "other", path: "-" };

/** Which page a path is, for logs and metrics: they are told neither handles nor ids. */
export function pageOf(path: string): NamedPage {
  const [bare = ""] = path.split(/[?#]/, 1);
  return patterns.find(({ pattern }) => pattern.test(bare))?.page ?? otherPage;
}
