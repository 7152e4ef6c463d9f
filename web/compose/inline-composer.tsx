import { useMemo, useState } from "react";
import { useDraft, useDrafts } from "../data/use-draft.ts";
import { useSignedIn } from "../data/session.ts";
import { Avatar } from "../design/avatar.tsx";
import { useText } from "../language/language.ts";
import { ComposerForm } from "./composer-form.tsx";
import { stateWords } from "./draft-words.ts";
import { useIsWide } from "./use-is-wide.ts";
import styles from "./inline-composer.module.css";

/** At the top of the feed, where there is room; on a phone the bar's button writes. */
export function InlineComposer() {
  return useIsWide() ? <OpeningForm /> : null;
}

/** A quiet line that opens up when someone writes. */
function OpeningForm() {
  const t = useText();
  const me = useSignedIn();
  const drafts = useDrafts();
  const draft = useMemo(() => drafts.newStory(), [drafts]);
  const state = useDraft(draft);
  // It stays open when the focus leaves: folding would move what is being pressed then.
  const [isOpen, setIsOpen] = useState(false);
  const isFolded = !isOpen && state.written.text === "" && stateWords(state) === null;
  return (
    <section
      className={styles["composer"]}
      aria-label={t("compose.title")}
      data-inline-composer
      onFocus={() => {
        setIsOpen(true);
      }}
    >
      <Avatar account={me} />
      <ComposerForm
        draft={draft}
        sendLabel={t("compose.send")}
        isFolded={isFolded}
        onEscape={() => {
          setIsOpen(false);
          if (document.activeElement instanceof HTMLElement) {
            document.activeElement.blur();
          }
        }}
      />
    </section>
  );
}
