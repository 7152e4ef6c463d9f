import { useEffect, useRef, useState } from "react";
import { useText } from "../language/language.ts";
import { videosOf } from "./addresses.ts";
import { MediaIcon } from "./media-icon.tsx";
import { useMayMove } from "./motion.ts";
import { Picture } from "./picture.tsx";
import { playTime } from "./play-time.ts";
import tile from "./media-tile.module.css";
import type { Shown } from "./use-shown.ts";
import { useTurn } from "./use-turn.ts";
import styles from "./video-tile.module.css";

interface VideoTileProps {
  readonly shown: Shown;
  readonly name: string;
  readonly onOpen: () => void;
}

/** A video where it stands: it plays without sound while it is seen, or when it is asked to. */
export function VideoTile({ shown, name, onOpen }: VideoTileProps) {
  const t = useText();
  const { media, onFailed } = shown;
  const videoRef = useRef<HTMLVideoElement>(null);
  const [hasBegun, setHasBegun] = useState(false);
  const [isPlaying, setIsPlaying] = useState(false);
  const [isMuted, setIsMuted] = useState(true);
  const [playedS, setPlayedS] = useState(0);
  const { ref, wantPlay, wantStop } = useTurn<HTMLDivElement>({
    isByItself: useMayMove(),
    onPlay() {
      setHasBegun(true);
      play(videoRef.current);
    },
    onStop() {
      videoRef.current?.pause();
      setIsMuted(true);
      // One that has not begun yet is not to begin any more.
      setHasBegun(videoRef.current !== null);
    },
  });
  useEffect(() => {
    if (hasBegun) {
      play(videoRef.current);
    }
  }, [hasBegun]);
  const durationS = media.durationSeconds ?? 0;
  return (
    <div ref={ref} className={styles["place"]}>
      <Picture shown={shown} sizes="(width < 480px) 100vw, 600px" alt="" />
      {hasBegun ? (
        <video
          ref={videoRef}
          className={styles["video"]}
          aria-hidden="true"
          tabIndex={-1}
          muted={isMuted}
          loop
          playsInline
          disablePictureInPicture
          onPlay={() => {
            setIsPlaying(true);
          }}
          onPause={() => {
            setIsPlaying(false);
          }}
          onError={onFailed}
          onTimeUpdate={({ currentTarget }) => {
            setPlayedS(currentTarget.currentTime);
          }}
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
      ) : null}
      <button
        type="button"
        className={tile["open"]}
        aria-label={name}
        aria-haspopup="dialog"
        onClick={onOpen}
      />
      <div className={styles["controls"]} data-still={!isPlaying || undefined}>
        <button
          type="button"
          className={styles["control"]}
          aria-label={t(isPlaying ? "pictures.pause" : "pictures.play")}
          onClick={isPlaying ? wantStop : wantPlay}
        >
          <span className={styles["face"]}>
            <MediaIcon name={isPlaying ? "pause" : "play"} size={20} />
          </span>
        </button>
        <span className={styles["time"]}>{playTime(durationS - (isPlaying ? playedS : 0))}</span>
        {isPlaying ? (
          <button
            type="button"
            className={styles["control"]}
            data-end
            aria-label={t("pictures.sound")}
            aria-pressed={!isMuted}
            onClick={() => {
              setIsMuted(!isMuted);
            }}
          >
            <span className={styles["face"]}>
              <MediaIcon name={isMuted ? "silence" : "sound"} size={20} />
            </span>
          </button>
        ) : null}
      </div>
    </div>
  );
}

/** A browser may refuse, to save power: the button says then what it is about. */
function play(video: HTMLVideoElement | null): void {
  video?.play().catch(() => undefined);
}
