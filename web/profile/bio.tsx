import { languageOf } from "../language/language-of.ts";
import { partsOf } from "../story/text-parts.ts";
import styles from "./bio.module.css";

/** What a person says of themselves: lines kept, addresses short and safe to follow. */
export function Bio({ text }: { readonly text: string }) {
  return (
    <p className={styles["bio"]} dir="auto" lang={languageOf(text)}>
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
            dir="ltr"
          >
            {part.text}
          </a>
        ),
      )}
    </p>
  );
}
