import { useEffect, useState } from "react";
import type { Attachment } from "../data/attachments.ts";
import type { Media } from "../data/client.ts";
import { Icon, type IconName } from "../design/icons.tsx";
import { useText } from "../language/language.ts";
import { nameOf } from "../media/media-words.ts";
import { useMade } from "../media/use-made.ts";
import { AltDialog } from "./alt-dialog.tsx";
import styles from "./strip-tile.module.css";
import { TilePicture } from "./tile-picture.tsx";

/** What can be done with it; what cannot is left out. */
export interface TileActions {
  readonly onDescribe: (alt: string) => void;
  readonly onRetry?: () => void;
  readonly onRemove?: () => void;
  readonly onBefore?: () => void;
  readonly onAfter?: () => void;
  /** The server cannot show it after all. */
  readonly onFault?: (error: Error, kind: Media["kind"]) => void;
}

interface StripTileProps {
  readonly item: Attachment;
  /** As the server has it, where that is known. */
  readonly known?: Media;
  readonly place: { readonly at: number; readonly of: number };
  readonly actions: TileActions;
}

/** One of the photos and videos of a story that is being written. */
export function StripTile({ item, known, place, actions }: StripTileProps) {
  const t = useText();
  const [isDescribing, setIsDescribing] = useState(false);
  const { id, key, localUrl, phase, share } = item;
  const made = useMade(known === undefined ? id : null);
  const media = known ?? made.media;
  const kind = media?.kind ?? item.kind;
  const alt = item.alt ?? media?.alt ?? "";
  const number = nameOf(t, { kind, alt: "" }, place);
  const { onRetry, onRemove, onBefore, onAfter, onFault } = actions;
  const isGoing = phase.name === "queued" || phase.name === "sending" || phase.name === "waiting";
  const { fault } = made;
  const isThere = phase.name === "there";
  useEffect(() => {
    if (fault !== null && isThere) {
      onFault?.(fault, kind);
    }
  });
  // What is not known cannot be shown to be changed.
  const isAltKnown = item.alt !== null || media !== undefined;
  const mayDescribe = phase.name === "refused" ? id !== null && phase.canRetry : isAltKnown;
  return (
    <li className={styles["tile"]} data-tile={key} data-phase={phase.name}>
      <div className={styles["frame"]} data-grip={onRemove === undefined ? undefined : ""}>
        <TilePicture
          kind={kind}
          url={localUrl ?? media?.previewUrl ?? null}
          isLocal={localUrl !== null}
        />
        {isGoing ? (
          <span className={styles["veil"]}>
            {phase.name === "waiting" ? <Icon name="clock" /> : null}
            <progress
              className={styles["progress"]}
              aria-label={t("attach.sending", { what: number })}
              value={share}
              max={1}
            />
          </span>
        ) : null}
        {phase.name === "refused" ? (
          <span className={styles["veil"]}>
            {onRetry === undefined ? (
              <Icon name="alert" />
            ) : (
              <TileButton icon="reload" label={t("app.retry")} onPress={onRetry} isOnPicture />
            )}
          </span>
        ) : null}
        {onRemove === undefined ? null : (
          <span className={styles["remove"]}>
            <TileButton
              icon="close"
              label={t("attach.remove", { what: number })}
              isRemoval
              onPress={onRemove}
              isOnPicture
            />
          </span>
        )}
        {!mayDescribe ? null : (
          <button
            type="button"
            className={styles["describe"]}
            aria-haspopup="dialog"
            onClick={() => {
              setIsDescribing(true);
            }}
          >
            <span className="unseen">{number}, </span>
            <span className={styles["word"]}>
              {alt === "" ? null : <Icon name="check" size={16} />}
              {t(alt === "" ? "attach.alt" : "attach.described")}
            </span>
          </button>
        )}
      </div>
      {place.of === 1 || onRemove === undefined ? null : (
        <div className={styles["foot"]}>
          <TileButton
            icon="back"
            step="before"
            label={t("attach.before", { what: number })}
            onPress={onBefore}
          />
          <TileButton
            icon="next"
            step="after"
            label={t("attach.after", { what: number })}
            onPress={onAfter}
          />
        </div>
      )}
      {isDescribing ? (
        <AltDialog
          title={number}
          alt={alt}
          picture={
            <TilePicture
              kind={kind}
              url={localUrl ?? media?.previewUrl ?? null}
              isLocal={localUrl !== null}
            />
          }
          onSave={actions.onDescribe}
          onClose={() => {
            setIsDescribing(false);
          }}
        />
      ) : null}
    </li>
  );
}

function TileButton(props: {
  readonly icon: IconName;
  readonly label: string;
  readonly step?: "before" | "after";
  readonly isOnPicture?: boolean;
  readonly isRemoval?: boolean;
  /** Undefined: there is no further to go. */
  readonly onPress: (() => void) | undefined;
}) {
  const { icon, label, step, isOnPicture = false, isRemoval = false, onPress } = props;
  return (
    <button
      type="button"
      className={styles[isOnPicture ? "round" : "step"]}
      aria-label={label}
      title={label}
      data-removes={isRemoval || undefined}
      data-step={onPress === undefined ? undefined : step}
      disabled={onPress === undefined}
      onClick={onPress}
    >
      <span className={styles["face"]}>
        <Icon name={icon} size={20} />
      </span>
    </button>
  );
}
