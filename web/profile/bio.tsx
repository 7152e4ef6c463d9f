import { languageOf } from "../language/language-of.ts";
import { LinkedText } from "../story/linked-text.tsx";
import styles from "./bio.module.css";

/** What a person says of themselves: lines kept, addresses short and safe to follow. */
export function Bio({ text }: { readonly text: string }) {
  return (
    <p className={styles["bio"]} dir="auto" lang={languageOf(text)}>
      <LinkedText text={text} />
    </p>
  );
}
