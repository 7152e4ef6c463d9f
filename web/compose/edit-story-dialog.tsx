import { useState } from "react";
import type { Story } from "../data/client.ts";
import { useDraft, useDrafts } from "../data/use-draft.ts";
import { useText } from "../language/language.ts";
import { WritingDialog } from "./writing-dialog.tsx";

interface EditStoryDialogProps {
  readonly story: Story;
  readonly onClose: () => void;
}

/** Changes a story's text and who sees it. A change that was not saved is there again next time. */
export function EditStoryDialog({ story, onClose }: EditStoryDialogProps) {
  const t = useText();
  const drafts = useDrafts();
  const [draft] = useState(() => drafts.change(story));
  const { written } = useDraft(draft);
  const isUnchanged = written.text === story.text && written.visibility === story.visibility;
  return (
    <WritingDialog
      draft={draft}
      fixed={story.media}
      title={t("compose.changeTitle")}
      sendLabel={t("compose.save")}
      isUnchanged={isUnchanged}
      canDiscard={!isUnchanged}
      onClose={onClose}
    />
  );
}
