import { Suspense, useState } from "react";
import { lazyPart } from "../app/lazy-part.tsx";
import type { Story } from "../data/client.ts";
import styles from "./media-grid.module.css";
import { MediaTile } from "./media-tile.tsx";
import { shapeOf, tilesMax } from "./shape.ts";

const Viewer = lazyPart(async () => (await import("./viewer.tsx")).Viewer);

/** The photos and videos of a story, side by side; each opens up on the whole screen. */
export function MediaGrid({ story }: { readonly story: Story }) {
  const { media } = story;
  const [openAt, setOpenAt] = useState<number | null>(null);
  const shown = media.slice(0, tilesMax);
  const { widthPxMax } = shapeOf(media);
  return (
    <div className={styles["grid"]} data-count={shown.length}>
      {shown.map(({ id }, at) => (
        <MediaTile
          key={id}
          story={story}
          at={at}
          sizes={sizesOf(widthPxMax, shown.length === 1 ? 1 : 2)}
          more={at === tilesMax - 1 ? media.length - tilesMax : 0}
          onOpen={() => {
            setOpenAt(at);
          }}
        />
      ))}
      {openAt === null ? null : (
        <div className={styles["above"]}>
          <Suspense fallback={null}>
            <Viewer
              story={story}
              startAt={openAt}
              onClose={() => {
                setOpenAt(null);
              }}
            />
          </Suspense>
        </div>
      )}
    </div>
  );
}

/** On a phone a tile has its part of the screen; elsewhere of the column. */
function sizesOf(widthPxMax: number, columns: 1 | 2): string {
  const px = Math.round(widthPxMax / columns);
  return `(width < 480px) ${100 / columns}vw, ${px}px`;
}
