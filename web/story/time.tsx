import { useSyncExternalStore } from "react";
import { useMe } from "../data/session.ts";
import { exactTime, relativeTime } from "../language/format.ts";
import { useLocale, useText } from "../language/language.ts";

const tickMs = 30_000;
let nowMs = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** One clock for all times on the page. */
function listen(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) {
    nowMs = Date.now();
    timer = setInterval(() => {
      nowMs = Date.now();
      listeners.forEach((tell) => {
        tell();
      });
    }, tickMs);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** A time that reads, with the exact one for those who point at it or have it read out. */
export function Time({
  at,
  className,
}: {
  readonly at: string;
  readonly className?: string | undefined;
}) {
  const t = useText();
  const locale = useLocale();
  const now = useSyncExternalStore(listen, () => nowMs);
  const timeZone = useMe()?.timeZone;
  const exact = exactTime(at, locale, timeZone);
  return (
    <time className={className} dateTime={at} title={exact}>
      <span aria-hidden="true">
        {relativeTime(at, { locale, nowMs: now, now: t("story.now"), timeZone })}
      </span>
      <span className="unseen">{exact}</span>
    </time>
  );
}
