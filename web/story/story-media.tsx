import { Suspense, type CSSProperties } from "react";
import { lazyPart } from "../app/lazy-part.tsx";
import type { Story } from "../data/client.ts";
import { shapeOf } from "../media/shape.ts";
import styles from "./story-media.module.css";

const MediaGrid = lazyPart(async () => (await import("../media/media-grid.tsx")).MediaGrid);

/** The photos and videos of a story. Their room is there before they are, so that nothing moves. */
export function StoryMedia({ story }: { readonly story: Story }) {
  const { ratio, widthPxMax } = shapeOf(story.media);
  const room = { "--width": `${widthPxMax}px`, aspectRatio: ratio } as CSSProperties;
  return (
    <div className={styles["room"]} style={room} data-media={story.media.length}>
      <Suspense fallback={null}>
        <MediaGrid story={story} />
      </Suspense>
    </div>
  );
}
