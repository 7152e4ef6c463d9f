import type { Media, Story } from "../data/client.ts";
import { useMe } from "../data/session.ts";
import { Icon } from "../design/icons.tsx";
import { useText } from "../language/language.ts";
import { isMoving } from "./addresses.ts";
import { nameOf, problemWords } from "./media-words.ts";
import styles from "./media-tile.module.css";
import { MovingPicture } from "./moving-picture.tsx";
import { Picture } from "./picture.tsx";
import { useShown, type Shown } from "./use-shown.ts";
import { VideoTile } from "./video-tile.tsx";

interface MediaTileProps {
  readonly story: Story;
  readonly at: number;
  /** How wide it is shown, as `sizes` of an image says it. */
  readonly sizes: string;
  /** How many more there are than have a tile. */
  readonly more: number;
  readonly onOpen: () => void;
}

/** One of a story's photos and videos, whatever has become of it. */
export function MediaTile({ story, at, sizes, more, onOpen }: MediaTileProps) {
  const t = useText();
  const item = story.media[at];
  return item === undefined ? null : (
    <div className={styles["tile"]} data-tile>
      {item.state === "ready" ? (
        <ReadyTile
          item={item}
          storyId={story.id}
          sizes={sizes}
          name={nameOf(t, item, { at: at + 1, of: story.media.length })}
          more={more}
          onOpen={onOpen}
        />
      ) : (
        <Unready item={item} authorId={story.author.id} isAlone={story.media.length === 1} />
      )}
    </div>
  );
}

interface UnreadyProps {
  readonly item: Media;
  readonly authorId: string;
  /** Otherwise there is room for few words. */
  readonly isAlone: boolean;
}

/** Calm words where a picture will be, or would have been. */
function Unready({ item, authorId, isAlone }: UnreadyProps) {
  const t = useText();
  const isOwn = useMe()?.id === authorId;
  const isFailed = item.state === "failed";
  const soon = isAlone ? "pictures.processing" : "pictures.preparing";
  const words = !isFailed ? soon : isOwn ? problemWords(item) : "pictures.failed";
  return (
    <p className={styles["unready"]} data-state={item.state}>
      <Icon name={isFailed ? "alert" : "clock"} />
      <span>{t(words)}</span>
    </p>
  );
}

interface ReadyTileProps extends Omit<MediaTileProps, "story" | "at"> {
  readonly item: Media;
  readonly storyId: string;
  readonly name: string;
}

function ReadyTile({ item, storyId, sizes, name, more, onOpen }: ReadyTileProps) {
  const shown = useShown(item, storyId);
  if (shown.isFailed) {
    return <Failed shown={shown} />;
  }
  if (more === 0 && item.kind === "video") {
    return <VideoTile shown={shown} name={name} onOpen={onOpen} />;
  }
  if (more === 0 && isMoving(item)) {
    return <MovingPicture shown={shown} sizes={sizes} name={name} onOpen={onOpen} />;
  }
  return (
    <button
      type="button"
      className={styles["open"]}
      aria-label={more === 0 ? name : undefined}
      aria-haspopup="dialog"
      onClick={onOpen}
    >
      <Picture shown={shown} sizes={sizes} alt="" />
      {more === 0 ? null : (
        <>
          <span className="unseen">{name}, </span>
          <span className={styles["more"]}>+{more}</span>
        </>
      )}
    </button>
  );
}

/** Its place is taken by what is loaded anew, which then has the focus. */
function Failed({ shown }: { readonly shown: Shown }) {
  const t = useText();
  return (
    <div className={styles["unready"]} data-state="failed">
      <p>{t("pictures.away")}</p>
      <button
        type="button"
        className={styles["again"]}
        onClick={({ currentTarget }) => {
          const tile = currentTarget.closest("[data-tile]");
          shown.retry();
          requestAnimationFrame(() => {
            tile?.querySelector("button")?.focus({ preventScroll: true });
          });
        }}
      >
        <Icon name="reload" size={20} />
        {t("app.retry")}
      </button>
    </div>
  );
}
