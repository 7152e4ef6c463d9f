import {
  useEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
} from "react";
import { createPortal } from "react-dom";
import type { Story } from "../data/client.ts";
import { Icon } from "../design/icons.tsx";
import { useText } from "../language/language.ts";
import { isMoving } from "./addresses.ts";
import { MediaIcon } from "./media-icon.tsx";
import { turns, useMayMove } from "./motion.ts";
import { useBackCloses } from "./use-back-closes.ts";
import { useGestures } from "./use-gestures.ts";
import { ViewerSlide } from "./viewer-slide.tsx";
import styles from "./viewer.module.css";
import type { Point } from "./zoom.ts";

interface ViewerProps {
  readonly story: Story;
  readonly startAt: number;
  readonly onClose: () => void;
}

const panPx = 120;
/** What the arrows do while something is looked at closely: the picture goes the other way. */
const pansBy: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: panPx, y: 0 },
  ArrowRight: { x: -panPx, y: 0 },
  ArrowUp: { x: 0, y: panPx },
  ArrowDown: { x: 0, y: -panPx },
};

/** The photos and videos of a story on the whole screen, one at a time. */
export function Viewer({ story, startAt, onClose }: ViewerProps) {
  const t = useText();
  const { media } = story;
  const dialogRef = useRef<HTMLDialogElement>(null);
  const trackRef = useRef<HTMLDivElement>(null);
  const [wanted, setWanted] = useState(startAt);
  const at = Math.min(wanted, media.length - 1);
  const [isClose, setIsClose] = useState(false);
  const mayMove = useMayMove();
  const [chosen, setChosen] = useState<{ readonly at: number; readonly moves: boolean } | null>(
    null,
  );
  const moves = chosen?.at === at ? chosen.moves : mayMove;
  const close = useBackCloses(onClose);
  useModal(dialogRef);
  const { toggleZoom, pan, ...pointers } = useGestures({
    track: trackRef,
    picture: () => trackRef.current?.querySelector<HTMLElement>("[data-shown] img") ?? null,
    at,
    count: media.length,
    onGo: setWanted,
    onClose: close,
    onClosely: setIsClose,
  });

  function toggleInMiddle(): void {
    toggleZoom(globalThis.innerWidth / 2, globalThis.innerHeight / 2);
  }

  function toggleMoving(): void {
    if (isClose) {
      toggleInMiddle();
    }
    setChosen({ at, moves: !moves });
  }

  function go(to: number): void {
    setWanted(Math.min(media.length - 1, Math.max(0, to)));
  }

  function onKeyDown(event: KeyboardEvent): void {
    const isOther = event.ctrlKey || event.metaKey || event.altKey;
    // In a video the arrows wind it on and back.
    if (isOther || event.target instanceof HTMLVideoElement) {
      return;
    }
    const places: Readonly<Record<string, number>> = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      Home: 0,
      End: media.length - 1,
    };
    const to = places[event.key];
    const by = pansBy[event.key];
    if (isClose && by !== undefined) {
      event.preventDefault();
      pan(by);
    } else if (to !== undefined) {
      event.preventDefault();
      go(to);
    } else if (event.key === "z" || event.key === (isClose ? "-" : "+")) {
      toggleInMiddle();
    }
  }

  const item = media[at];
  return createPortal(
    <dialog
      ref={dialogRef}
      className={styles["viewer"]}
      aria-label={t("pictures.viewer")}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onKeyDown={onKeyDown}
      {...pointers}
    >
      <div className={styles["stage"]}>
        <div ref={trackRef} className={styles["track"]}>
          {media.map((one, place) => (
            <div
              key={one.id}
              className={styles["slide"]}
              data-shown={place === at || undefined}
              inert={place !== at}
            >
              {Math.abs(place - at) <= 1 ? (
                <ViewerSlide
                  item={one}
                  storyId={story.id}
                  place={{ at: place + 1, of: media.length }}
                  isShown={place === at}
                  moves={place === at ? moves : mayMove}
                />
              ) : null}
            </div>
          ))}
        </div>
      </div>
      <div className={styles["head"]}>
        <p className={styles["count"]} role="status">
          {media.length === 1 ? null : (
            <>
              <span aria-hidden="true">
                {at + 1} / {media.length}
              </span>
              <span className="unseen">
                {t("pictures.place", { at: at + 1, of: media.length })}
              </span>
            </>
          )}
        </p>
        <div className={styles["tools"]}>
          {item?.state === "ready" && isMoving(item) ? (
            <Round
              icon={<MediaIcon name={moves ? "pause" : "play"} />}
              label={t(moves ? "pictures.pause" : "pictures.play")}
              onPress={toggleMoving}
            />
          ) : null}
          {item?.state === "ready" && item.kind === "image" ? (
            <Round
              icon={<MediaIcon name={isClose ? "whole" : "closer"} />}
              label={t(isClose ? "pictures.whole" : "pictures.closer")}
              onPress={toggleInMiddle}
            />
          ) : null}
          <Round icon={<Icon name="close" />} label={t("app.close")} isClosing onPress={close} />
        </div>
      </div>
      {media.length === 1 ? null : (
        <div className={styles["steps"]}>
          <Round
            icon={<Icon name="back" />}
            label={t("pictures.previous")}
            isOff={at === 0}
            onPress={() => {
              go(at - 1);
            }}
          />
          <Round
            icon={<Icon name="next" />}
            label={t("pictures.next")}
            isOff={at === media.length - 1}
            onPress={() => {
              go(at + 1);
            }}
          />
        </div>
      )}
      {item === undefined || item.alt === "" ? null : (
        <p
          className={styles["alt"]}
          aria-hidden="true"
          data-scrolls
          data-video={item.kind === "video"}
        >
          {item.alt}
        </p>
      )}
    </dialog>,
    document.body,
  );
}

function Round(props: {
  readonly icon: ReactNode;
  readonly label: string;
  /** It keeps the focus, and does nothing. */
  readonly isOff?: boolean;
  readonly isClosing?: boolean;
  readonly onPress: () => void;
}) {
  const { icon, label, isOff = false, isClosing = false, onPress } = props;
  return (
    <button
      type="button"
      className={styles["round"]}
      aria-label={label}
      aria-disabled={isOff || undefined}
      data-closes={isClosing || undefined}
      onClick={onPress}
    >
      {icon}
    </button>
  );
}

/** Holds the focus and the page below, lets nothing there play, and gives the focus back. */
function useModal(ref: RefObject<HTMLDialogElement | null>): void {
  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    const { overflow } = document.documentElement.style;
    const goOn = turns.rest();
    document.documentElement.style.overflow = "hidden";
    dialog?.showModal();
    dialog?.querySelector<HTMLElement>("[data-closes]")?.focus();
    return () => {
      dialog?.close();
      document.documentElement.style.overflow = overflow;
      goOn();
      if (before instanceof HTMLElement) {
        before.focus({ preventScroll: true });
      }
    };
  }, [ref]);
}
