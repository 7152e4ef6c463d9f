import styles from "./linked-text.module.css";
import { partsOf } from "./text-parts.ts";

/** What someone wrote, with its addresses short and safe to follow. */
export function LinkedText({ text }: { readonly text: string }) {
  return partsOf(text).map((part, i) =>
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
        dir="ltr"
      >
        {part.text}
      </a>
    ),
  );
}
