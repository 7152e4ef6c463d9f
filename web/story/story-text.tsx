import { useLayoutEffect, useRef, useState } from "react";
import { useText } from "../language/language.ts";
import { partsOf } from "./text-parts.ts";
import styles from "./story-text.module.css";

interface StoryTextProps {
  readonly text: string;
  /** BCP 47; `und` where it could not be told. */
  readonly lang: string;
  /** Long texts show their first lines, and the rest when asked for. */
  readonly folds: boolean;
}

/** What someone wrote, as it was written: lines kept, addresses short and safe to follow. */
export function StoryText({ text, lang, folds }: StoryTextProps) {
  const t = useText();
  const ref = useRef<HTMLParagraphElement>(null);
  const [isOpen, setIsOpen] = useState(false);
  const [isCut, setIsCut] = useState(false);
  const isFolded = folds && !isOpen;
  useLayoutEffect(() => {
    const element = ref.current;
    if (isFolded && element !== null) {
      setIsCut(element.scrollHeight > element.clientHeight + 1);
    }
  }, [text, isFolded]);
  return (
    <div>
      <p
        ref={ref}
        className={styles["text"]}
        data-folded={isFolded || undefined}
        lang={lang === "und" ? undefined : lang}
      >
        {partsOf(text).map((part, i) =>
          part.kind === "text" ? (
            part.text
          ) : (
            <a
              key={i}
              className={styles["link"]}
              href={part.href}
              target="_blank"
              rel="noopener noreferrer nofollow ugc"
              title={part.href}
            >
              {part.text}
            </a>
          ),
        )}
      </p>
      {isCut && isFolded ? (
        <button
          type="button"
          className={styles["more"]}
          onClick={() => {
            setIsOpen(true);
          }}
        >
          {t("story.readMore")}
        </button>
      ) : null}
    </div>
  );
}
