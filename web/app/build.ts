/**
 * Which build of the client this page is; the build writes it into the page. Null for a page that
 * was not built, such as one of `npm run dev`.
 */
export function ownBuild(): string | null {
  const element = document.querySelector<HTMLMetaElement>('meta[name="maru-build"]');
  return element?.content ?? null;
}
