import { createHash } from "node:crypto";
import type { Answer, Route } from "../ports/routes.ts";
import { docsPage } from "./docs-page.ts";
import { docsStyle } from "./docs-style.ts";
import type { OpenApiDocument } from "./openapi.ts";
import { problemKindsOf, problemsPage } from "./docs-problems.ts";

/**
 * The reference, for programs and for people. It is made once: it changes only with the code. The
 * pages have no script, and of styles only the one that is theirs.
 */
export function createDocsRoutes(
  document: OpenApiDocument,
  routes: readonly Route[],
): readonly Route[] {
  return [
    fixed("/openapi.json", "openApi", {
      text: JSON.stringify(document),
      mediaType: "application/json; charset=utf-8",
    }),
    fixed("/docs", "docs", { text: docsPage(document), mediaType: htmlMediaType }),
    fixed("/docs/problems", "docsProblems", {
      text: problemsPage(problemKindsOf(routes)),
      mediaType: htmlMediaType,
    }),
  ];
}

const htmlMediaType = "text/html; charset=utf-8";
const styleHash = createHash("sha256").update(docsStyle).digest("base64");
const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${styleHash}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

function fixed(
  path: string,
  operationId: string,
  page: { readonly text: string; readonly mediaType: string },
): Route {
  const answer: Answer = {
    status: 200,
    text: page.text,
    headers: {
      "content-type": page.mediaType,
      "cache-control": "no-cache",
      etag: `"${createHash("sha256").update(page.text).digest("base64url")}"`,
      "content-security-policy": contentSecurityPolicy,
    },
  };
  return {
    method: "GET",
    path,
    operationId,
    tag: "Reference",
    summary: "The reference",
    viewer: "none",
    answers: { 200: null },
    handle: () => Promise.resolve(answer),
  };
}
