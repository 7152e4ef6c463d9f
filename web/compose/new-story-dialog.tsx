import { useState } from "react";
import { mediaOf } from "../data/draft-record.ts";
import { useDraft, useDrafts } from "../data/use-draft.ts";
import { useText } from "../language/language.ts";
import { WritingDialog } from "./writing-dialog.tsx";

export function NewStoryDialog({ onClose }: { readonly onClose: () => void }) {
  const t = useText();
  const drafts = useDrafts();
  const [draft] = useState(drafts.newStory);
  const { isOut, written } = useDraft(draft);
  return (
    <WritingDialog
      draft={draft}
      title={t("compose.title")}
      sendLabel={t("compose.send")}
      canDiscard={isOut !== "no" || mediaOf(written).length > 0}
      onClose={onClose}
    />
  );
}
