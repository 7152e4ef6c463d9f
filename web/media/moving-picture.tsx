import { useState } from "react";
import { useText } from "../language/language.ts";
import { MediaIcon } from "./media-icon.tsx";
import tile from "./media-tile.module.css";
import { useMayMove } from "./motion.ts";
import { Picture } from "./picture.tsx";
import picture from "./picture.module.css";
import type { Shown } from "./use-shown.ts";
import { useTurn } from "./use-turn.ts";
import styles from "./video-tile.module.css";

interface MovingPictureProps {
  readonly shown: Shown;
  readonly sizes: string;
  readonly name: string;
  readonly onOpen: () => void;
}

/** A picture that moves while it is seen, or when it is asked to; its first moment otherwise. */
export function MovingPicture({ shown, sizes, name, onOpen }: MovingPictureProps) {
  const t = useText();
  const [isPlaying, setIsPlaying] = useState(false);
  const { ref, wantPlay, wantStop } = useTurn<HTMLDivElement>({
    isByItself: useMayMove(),
    onPlay() {
      setIsPlaying(true);
    },
    onStop() {
      setIsPlaying(false);
    },
  });
  const still = shown.media.previewUrl;
  return (
    <div ref={ref} className={styles["place"]}>
      {still === null ? null : (
        <img
          className={picture["picture"]}
          data-loaded
          src={still}
          alt=""
          loading="lazy"
          decoding="async"
          draggable={false}
          onError={shown.onFailed}
        />
      )}
      {isPlaying || still === null ? <Picture shown={shown} sizes={sizes} alt="" /> : null}
      <button
        type="button"
        className={tile["open"]}
        aria-label={name}
        aria-haspopup="dialog"
        onClick={onOpen}
      />
      <div className={styles["controls"]}>
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
      </div>
    </div>
  );
}
