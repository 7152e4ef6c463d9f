/**
 * Whether `If-None-Match` names this entity tag: a list of tags or `*`, compared weakly, as a
 * conditional GET does (RFC 9110, 13.1.2).
 */
export function matchesEtag(ifNoneMatch: string, etag: string): boolean {
  if (ifNoneMatch.trim() === "*") {
    return true;
  }
  const wanted = opaqueOf(etag);
  for (const [tag] of ifNoneMatch.matchAll(/(?:W\/)?"[^"]*"/g)) {
    if (opaqueOf(tag) === wanted) {
      return true;
    }
  }
  return false;
}

/**
 * Whether `If-Match` names this entity tag, compared strongly: a weak tag stands for no certain bytes
 * (RFC 9110, 13.1.1). Null: there is none.
 */
export function matchesStrongly(ifMatch: string, etag: string | null): boolean {
  if (ifMatch.trim() === "*") {
    return true;
  }
  if (etag === null || !isStrong(etag)) {
    return false;
  }
  return [...ifMatch.matchAll(/(?:W\/)?"[^"]*"/g)].some(([tag]) => tag === etag);
}

export function isStrong(etag: string): boolean {
  return etag.startsWith('"');
}

function opaqueOf(tag: string): string {
  return tag.startsWith("W/") ? tag.slice(2) : tag;
}
