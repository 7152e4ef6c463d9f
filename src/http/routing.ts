import { pathPattern, type Route } from "../ports/routes.ts";

/** `/v1/stories/{id}` as Fastify's router writes it: `/v1/stories/:id`; `{rest*}` is its `*`. */
export function routerPath(path: string): string {
  return path.replaceAll(/\{\w+\*\}/g, "*").replaceAll(/\{(\w+)\}/g, ":$1");
}

const safeMethods: readonly Route["method"][] = ["GET", "HEAD", "OPTIONS"];

export function changesNothing({ method }: Pick<Route, "method">): boolean {
  return safeMethods.includes(method);
}

/** The parameter that takes the rest of a path, which Fastify's router calls `*`. */
export function restParameter(path: string): string | null {
  return /\{(\w+)\*\}$/.exec(path)?.[1] ?? null;
}

/**
 * Which methods a path takes, for the answer to those that it does not take. Only asked when no
 * route matched, so it walks all patterns.
 */
export function createMethodIndex(
  routes: readonly Pick<Route, "method" | "path">[],
): (path: string) => readonly string[] {
  const byPath = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>();
  for (const { method, path } of routes) {
    const known = byPath.get(path) ?? { pattern: pathPattern(path), methods: new Set() };
    byPath.set(path, known);
    known.methods.add(method);
    if (method === "GET") {
      known.methods.add("HEAD");
    }
  }
  return (path) => {
    const taken = [...byPath.values()].filter(({ pattern }) => pattern.test(path));
    return [...new Set(taken.flatMap(({ methods }) => [...methods]))].sort();
  };
}
