import { useEffect, useRef } from "react";
import type { Media } from "../data/client.ts";
import { Icon } from "../design/icons.tsx";
import { useText } from "../language/language.ts";
import { isMoving, videosOf } from "./addresses.ts";
import { nameOf } from "./media-words.ts";
import { useMayMove } from "./motion.ts";
import { Picture } from "./picture.tsx";
import { useShown, type Shown } from "./use-shown.ts";
import styles from "./viewer.module.css";

interface ViewerSlideProps {
  readonly item: Media;
  readonly storyId: string;
  readonly place: { readonly at: number; readonly of: number };
  readonly isShown: boolean;
  /** Whether a picture that moves does so now. */
  readonly moves: boolean;
}

/** One of them, as large as the screen lets it be. */
export function ViewerSlide({ item, storyId, place, isShown, moves }: ViewerSlideProps) {
  const t = useText();
  const shown = useShown(item, storyId);
  const name = nameOf(t, item, place);
  if (shown.isFailed || item.state !== "ready") {
    const words = shown.isFailed ? "pictures.away" : "pictures.failed";
    return (
      <div className={styles["away"]}>
        <Icon name={item.state === "processing" ? "clock" : "alert"} />
        <p>{t(item.state === "processing" ? "pictures.processing" : words)}</p>
        {shown.isFailed ? (
          <button
            type="button"
            className={styles["again"]}
            onClick={({ currentTarget }) => {
              // It goes away with its button: the keys of the viewer go on.
              currentTarget.closest("dialog")?.querySelector<HTMLElement>("[data-closes]")?.focus();
              shown.retry();
            }}
          >
            {t("app.retry")}
          </button>
        ) : null}
      </div>
    );
  }
  return item.kind === "video" ? (
    <Film shown={shown} name={name} isShown={isShown} />
  ) : (
    <Still shown={shown} name={name} moves={moves} />
  );
}

interface StillProps {
  readonly shown: Shown;
  readonly name: string;
  readonly moves: boolean;
}

/** Of what moves, its first moment while it stands still. */
function Still({ shown, name, moves }: StillProps) {
  const { media, onFailed } = shown;
  if (isMoving(media) && !moves && media.previewUrl !== null) {
    return (
      <img
        className={styles["still"]}
        src={media.previewUrl}
        alt={name}
        draggable={false}
        onError={onFailed}
      />
    );
  }
  return <Picture shown={shown} sizes="100vw" alt={name} isWhole isEager />;
}

interface FilmProps {
  readonly shown: Shown;
  readonly name: string;
  readonly isShown: boolean;
}

/** With the browser's own controls, which everybody knows. */
function Film({ shown, name, isShown }: FilmProps) {
  const { media, onFailed } = shown;
  const ref = useRef<HTMLVideoElement>(null);
  const mayMove = useMayMove();
  useEffect(() => {
    const video = ref.current;
    if (!isShown) {
      video?.pause();
    } else if (mayMove) {
      video?.play().catch(() => {
        // Without a press the browser may refuse what has sound: the controls are there.
      });
    }
  }, [isShown, mayMove]);
  return (
    <video
      ref={ref}
      className={styles["film"]}
      aria-label={name}
      controls
      playsInline
      loop={(media.durationSeconds ?? 0) < loopSecondsMax}
      preload="metadata"
      poster={media.previewUrl ?? undefined}
      width={media.width}
      height={media.height}
      onError={onFailed}
    >
      {videosOf(media).map(({ url, type }, at, all) => (
        <source
          key={url}
          src={url}
          type={type}
          onError={at === all.length - 1 ? onFailed : undefined}
        />
      ))}
    </video>
  );
}

/** What is so short is looked at more than once. */
const loopSecondsMax = 15;
