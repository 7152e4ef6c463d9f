import type { Route } from "../ports/routes.ts";

/** `/v1/stories/{id}` as Fastify's router writes it: `/v1/stories/:id`. */
export function routerPath(path: string): string {
  return path.replaceAll(/\{(\w+)\}/g, ":$1");
}

interface Pattern {
  readonly segments: readonly string[];
  readonly methods: Set<string>;
}

/**
 * Which methods a path takes, for the answer to those that it does not take. Only asked when no
 * route matched, so it walks the patterns of the same length.
 */
export function createMethodIndex(
  routes: readonly Pick<Route, "method" | "path">[],
): (path: string) => readonly string[] {
  const byLength = new Map<number, Pattern[]>();
  for (const { method, path } of routes) {
    const segments = path.split("/");
    const patterns = byLength.get(segments.length) ?? [];
    byLength.set(segments.length, patterns);
    let pattern = patterns.find((known) => known.segments.join("/") === path);
    if (pattern === undefined) {
      pattern = { segments, methods: new Set() };
      patterns.push(pattern);
    }
    pattern.methods.add(method);
    if (method === "GET") {
      pattern.methods.add("HEAD");
    }
  }
  return (path) => {
    const segments = path.split("/");
    const methods = new Set<string>();
    for (const pattern of byLength.get(segments.length) ?? []) {
      if (matches(pattern.segments, segments)) {
        pattern.methods.forEach((method) => methods.add(method));
      }
    }
    return [...methods].sort();
  };
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  return pattern.every(
    (part, index) => part === segments[index] || (part.startsWith("{") && segments[index] !== ""),
  );
}
