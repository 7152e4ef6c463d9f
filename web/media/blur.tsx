import { decode } from "blurhash";
import { useEffect } from "react";
import { useSeen } from "../people/use-in-view.ts";
import styles from "./picture.module.css";

/** So few dots are enough for colours that flow into each other. */
const dots = 24;

/** The colours of a picture, a moment before the picture. */
export function Blur({ hash }: { readonly hash: string | null }) {
  const [ref, isNear] = useSeen<HTMLCanvasElement>("800px");
  useEffect(() => {
    const drawing = ref.current?.getContext("2d");
    if (!isNear || hash === null || drawing === null || drawing === undefined) {
      return;
    }
    try {
      const picture = new ImageData(dots, dots);
      picture.data.set(decode(hash, dots, dots));
      drawing.putImageData(picture, 0, 0);
    } catch {
      // What is no hash leaves the plain ground.
    }
  }, [ref, isNear, hash]);
  return hash === null ? null : (
    <canvas ref={ref} className={styles["blur"]} width={dots} height={dots} aria-hidden="true" />
  );
}
