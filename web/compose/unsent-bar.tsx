import { useMemo } from "react";
import { useDraft, useDrafts } from "../data/use-draft.ts";
import { Button } from "../design/button.tsx";
import { useText } from "../language/language.ts";
import { useAttachments } from "./attachments-of.ts";
import { openComposer } from "./open-composer.ts";
import { useIsWide } from "./use-is-wide.ts";
import styles from "./unsent-bar.module.css";

/** Says, wherever the reader is, that a story waits to be sent or could not be. */
export function UnsentBar({ isFeed }: { readonly isFeed: boolean }) {
  const t = useText();
  const drafts = useDrafts();
  const draft = useMemo(() => drafts.newStory(), [drafts]);
  const { phase, trouble } = useDraft(draft);
  const isWide = useIsWide();
  const { isWanted } = useAttachments(draft);
  const isWaiting = phase === "waiting" || isWanted;
  // The feed of a wide screen has the form itself, which says it.
  const isShown = (isWaiting || trouble !== null) && !(isFeed && isWide);
  return (
    <div role="status" className={styles["place"]}>
      {isShown ? (
        <p className={styles["bar"]}>
          <span>{t(isWaiting ? "compose.unsent" : "compose.notPublished")}</span>
          <Button size="s" onClick={openComposer}>
            {t("compose.open")}
          </Button>
        </p>
      ) : null}
    </div>
  );
}
