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

function opaqueOf(tag: string): string {
  return tag.startsWith("W/") ? tag.slice(2) : tag;
}
