import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";
import { ProblemDetails } from "../app/problem-details.tsx";
import { attachmentsMax, type Attachment, type Attachments } from "../data/attachments.ts";
import type { Media, Story } from "../data/client.ts";
import type { Draft } from "../data/draft.ts";
import { queries } from "../data/queries.ts";
import { useDraft } from "../data/use-draft.ts";
import { Button } from "../design/button.tsx";
import { useText } from "../language/language.ts";
import { nameOf, refusalWords } from "../media/media-words.ts";
import { saveAltOf } from "../media/save-alt.ts";
import { attachmentsOf, useAttachments } from "./attachments-of.ts";
import styles from "./media-strip.module.css";
import { StripTile, type TileActions } from "./strip-tile.tsx";
import { useTileDrag } from "./use-tile-drag.ts";

interface MediaStripProps {
  readonly draft: Draft<Story>;
  /** What is there may be described, and not be changed. */
  readonly isFixed: boolean;
}

/** The photos and videos that are added to a story: how far they are, in which order, what they show. */
export function MediaStrip({ draft, isFixed }: MediaStripProps) {
  const t = useText();
  const { items, isWanted, leftOut } = useAttachments(draft);
  const attachments = attachmentsOf(draft);
  const ref = useRef<HTMLUListElement>(null);
  const [told, setTold] = useState("");
  const move = useMoving(ref, attachments, items);
  const drag = useTileDrag(ref, isFixed ? null : (attachments?.move ?? null));

  const { trouble, isOut } = useDraft(draft);
  useEffect(() => {
    if (trouble?.kind === "refused") {
      // One of them may be why: it says so then.
      void queries.invalidateQueries({ queryKey: ["media"] });
    }
  }, [trouble]);

  const nameAt = (at: number): string =>
    nameOf(t, { kind: items[at]?.kind ?? "image", alt: "" }, { at: at + 1, of: items.length });

  /** What is pressed goes away with it: the focus goes to the next, or to where another is added. */
  function remove(key: string, at: number): void {
    const tiles = ref.current?.children;
    const next = tiles?.[at + 1] ?? tiles?.[at - 1];
    const adding = ref.current?.closest("form")?.querySelector<HTMLElement>("[data-adds] button");
    (next?.querySelector<HTMLElement>("[data-removes]") ?? adding)?.focus();
    setTold(t("attach.removed", { what: nameAt(at) }));
    attachments?.remove(key);
  }

  function retry(key: string, at: number): void {
    ref.current?.children[at]?.querySelector<HTMLElement>("[data-removes]")?.focus();
    setTold(t("attach.sending", { what: nameAt(at) }));
    attachments?.retry(key);
  }

  function actionsOf({ key, phase }: Attachment, at: number): TileActions {
    const step = (by: number, button: "before" | "after"): void => {
      setTold(t("pictures.place", { at: at + by + 1, of: items.length }));
      move(key, at + by, button);
    };
    const canRetry = phase.name === "refused" && phase.canRetry;
    return {
      onDescribe: (alt) => attachments?.describe(key, alt),
      ...(canRetry
        ? {
            onRetry: () => {
              retry(key, at);
            },
          }
        : {}),
      // Of what may be published already, nothing can be removed.
      ...(isOut === "no" ? { onFault: (error, kind) => attachments?.fault(key, error, kind) } : {}),
      ...(isFixed
        ? {}
        : {
            onRemove: () => {
              remove(key, at);
            },
            ...(at > 0 ? { onBefore: () => step(-1, "before") } : {}),
            ...(at < items.length - 1 ? { onAfter: () => step(1, "after") } : {}),
          }),
    };
  }

  const refused = items.flatMap(({ key, phase }, at) =>
    phase.name === "refused" ? [{ key, error: phase.error, name: nameAt(at) }] : [],
  );
  return (
    <div className={styles["place"]}>
      <ul ref={ref} className={styles["tiles"]} aria-label={t("attach.list")} {...drag}>
        {items.map((item, at) => (
          <StripTile
            key={item.key}
            item={item}
            place={{ at: at + 1, of: items.length }}
            actions={actionsOf(item, at)}
          />
        ))}
      </ul>
      <p className="unseen" role="status">
        {told}
      </p>
      <div role="status" className={styles["notes"]}>
        {waitingWords(items).map((words) => (
          <p key={words}>{t(words)}</p>
        ))}
        {leftOut === 0 ? null : (
          <p>{t("attach.leftOut", { count: leftOut, max: attachmentsMax })}</p>
        )}
        {refused.map(({ key, error, name }) => (
          <div key={key} className={styles["refused"]}>
            {items.length === 1 ? null : <b>{name}</b>}
            <p>{t(refusalWords(error))}</p>
            <ProblemDetails error={error} />
          </div>
        ))}
        {isWanted ? (
          <>
            <p>{t("attach.willSend")}</p>
            <Button size="s" onClick={() => attachments?.doNotSend()}>
              {t("compose.takeBack")}
            </Button>
          </>
        ) : null}
      </div>
    </div>
  );
}

/** Those of a story that is out: they stay as they are, but what they show can be said. */
export function FixedStrip({ media }: { readonly media: readonly Media[] }) {
  const t = useText();
  return (
    <ul className={styles["tiles"]} aria-label={t("attach.list")}>
      {media.map((item, at) => (
        <StripTile
          key={item.id}
          item={{ ...item, key: item.id, name: "", localUrl: null, phase: there, share: 1 }}
          known={item}
          place={{ at: at + 1, of: media.length }}
          actions={{ onDescribe: (alt) => void saveAltOf(item.id, alt) }}
        />
      ))}
    </ul>
  );
}

const there = { name: "there" } as const;

/** Why something waits, once for all that does. */
function waitingWords(items: readonly Attachment[]) {
  const reasons = items.flatMap(({ phase }) => (phase.name === "waiting" ? phase.why : []));
  return [...new Set(reasons)].map((why) => `app.waiting.${why}` as const);
}

/** After a step the same button has the focus, in its new place; at the end of the way, the other one. */
function useMoving(
  ref: RefObject<HTMLElement | null>,
  attachments: Attachments | null,
  items: readonly Attachment[],
): (key: string, to: number, button: "before" | "after") => void {
  const goTo = useRef<{ readonly key: string; readonly button: string } | null>(null);
  useLayoutEffect(() => {
    const wanted = goTo.current;
    if (wanted === null) {
      return;
    }
    goTo.current = null;
    const tile = ref.current?.querySelector(`[data-tile="${wanted.key}"]`);
    const own = tile?.querySelector<HTMLElement>(`[data-step="${wanted.button}"]`);
    (own ?? tile?.querySelector<HTMLElement>("[data-step]"))?.focus();
  }, [ref, items]);
  return (key, to, button) => {
    goTo.current = { key, button };
    attachments?.move(key, to);
  };
}
