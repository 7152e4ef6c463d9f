import { useLayoutEffect, useRef, useState, type FocusEvent } from "react";
import { useText } from "../language/language.ts";
import { LinkedText } from "./linked-text.tsx";
import { isUnfolded, unfold } from "./unfolded.ts";
import styles from "./story-text.module.css";

interface StoryTextProps {
  readonly id: string;
  readonly text: string;
  /** BCP 47; `und` where it could not be told. */
  readonly lang: string;
  /** Long texts show their first lines, and the rest when asked for. */
  readonly folds: boolean;
}

/** What someone wrote, as it was written: lines kept, addresses short and safe to follow. */
export function StoryText({ id, text, lang, folds }: StoryTextProps) {
  const t = useText();
  const ref = useRef<HTMLParagraphElement>(null);
  const [isOpen, setIsOpen] = useState(() => isUnfolded(id));
  const [isCut, setIsCut] = useState(false);
  const isFolded = folds && !isOpen && mayBeLong(text);
  useLayoutEffect(() => {
    const element = ref.current;
    if (!isFolded || element === null) {
      return;
    }
    const look = (): void => {
      setIsCut(element.scrollHeight > element.clientHeight + 1);
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => {
      observer.disconnect();
    };
  }, [text, isFolded]);

  function open(): void {
    unfold(id);
    setIsOpen(true);
  }

  /** A link below the fold that is come to by key is shown. */
  function onFocus({ target, currentTarget }: FocusEvent<HTMLElement>): void {
    if (isFolded && target.offsetTop - currentTarget.offsetTop >= currentTarget.clientHeight) {
      open();
    }
  }

  return (
    <div>
      <p
        ref={ref}
        className={styles["text"]}
        data-folded={isFolded || undefined}
        dir="auto"
        lang={lang === "und" ? undefined : lang}
        onFocus={onFocus}
      >
        <LinkedText text={text} />
      </p>
      {isCut && isFolded ? (
        <button type="button" className={styles["more"]} onClick={open}>
          {t("story.readMore")}
        </button>
      ) : null}
    </div>
  );
}

/** Shorter texts have twelve lines on no screen, and need no measuring. */
const charactersSurelyShown = 60;
const breaksSurelyShown = 11;

function mayBeLong(text: string): boolean {
  return text.length > charactersSurelyShown || text.split("\n").length > breaksSurelyShown;
}
