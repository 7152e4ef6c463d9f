import { useState } from "react";
import { classNames } from "../design/class-names.ts";
import { picturesOf } from "./addresses.ts";
import { Blur } from "./blur.tsx";
import styles from "./picture.module.css";
import type { Shown } from "./use-shown.ts";

interface PictureProps {
  readonly shown: Shown;
  /** How wide it is shown, as `sizes` of an image says it. */
  readonly sizes: string;
  /** What it shows; empty where what is around it says so. */
  readonly alt: string;
  /** The whole of it, with empty edges; otherwise its place is filled. */
  readonly isWhole?: boolean;
  readonly isEager?: boolean;
}

/** Fills its place: with colours first, and with the picture once it has come. */
export function Picture({ shown, sizes, alt, isWhole = false, isEager = false }: PictureProps) {
  const { media, attempt, onFailed } = shown;
  const [loaded, setLoaded] = useState<string | null>(null);
  const { id, kind, blurhash, url, previewUrl, width, height } = media;
  // Of a video, the picture that stands for it.
  const src = kind === "video" ? previewUrl : url;
  const name = `${id} ${attempt}`;
  return (
    <>
      {isWhole ? null : <Blur hash={blurhash} />}
      <picture key={name}>
        {picturesOf(media, isWhole).map(({ type, srcSet }) => (
          <source key={type} type={type} srcSet={srcSet} sizes={sizes} />
        ))}
        <img
          className={classNames(styles["picture"], isWhole && styles["whole"])}
          data-loaded={loaded === name || undefined}
          src={src ?? undefined}
          alt={alt}
          width={width}
          height={height}
          loading={isEager ? "eager" : "lazy"}
          // What fills the screen is not to be empty while a larger one is made out.
          decoding={isEager ? "auto" : "async"}
          draggable={false}
          onLoad={() => {
            setLoaded(name);
          }}
          onError={onFailed}
        />
      </picture>
    </>
  );
}
