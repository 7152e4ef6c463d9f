import { useState } from "react";
import { Icon } from "../design/icons.tsx";
import { MediaIcon } from "../media/media-icon.tsx";
import styles from "./strip-tile.module.css";

interface TilePictureProps {
  readonly kind: "image" | "video";
  /** Null: there is no picture of it yet. */
  readonly url: string | null;
  /** The file itself, as it lies on this device. */
  readonly isLocal: boolean;
}

/** A small picture of what is added; a sign, where the browser cannot show it. */
export function TilePicture({ kind, url, isLocal }: TilePictureProps) {
  const [failed, setFailed] = useState<string | null>(null);
  const onError = (): void => {
    setFailed(url);
  };
  const isVideo = kind === "video";
  if (url === null || url === failed) {
    return (
      <span className={styles["sign"]}>
        {isVideo ? <MediaIcon name="play" /> : <Icon name="image" />}
      </span>
    );
  }
  return (
    <>
      {isVideo && isLocal ? (
        <video className={styles["picture"]} src={url} muted preload="metadata" onError={onError} />
      ) : (
        <img className={styles["picture"]} src={url} alt="" draggable={false} onError={onError} />
      )}
      {isVideo ? (
        <span className={styles["kind"]}>
          <MediaIcon name="play" size={16} />
        </span>
      ) : null}
    </>
  );
}
