import { useEffect } from "react";
import { useLocation } from "wouter";
import { useConnection } from "../app/connection.ts";
import { paths } from "../app/paths.ts";
import { useDrafts } from "../data/use-draft.ts";
import { NewStoryDialog } from "./new-story-dialog.tsx";
import { closeComposer, useComposerIsOpen } from "./open-composer.ts";
import { tellOf } from "./tell-of.ts";
import { UnsentBar } from "./unsent-bar.tsx";

/** Everything about writing that belongs to no page: the dialog, and what is not sent yet. */
export function ComposerHost() {
  const drafts = useDrafts();
  const connection = useConnection();
  const isOpen = useComposerIsOpen();
  const [path] = useLocation();
  useEffect(() => drafts.sent.listen(tellOf), [drafts]);
  useEffect(() => drafts.begin(), [drafts]);
  useEffect(() => {
    if (connection === "fine") {
      drafts.wake();
    }
  }, [drafts, connection]);
  return isOpen ? (
    <NewStoryDialog onClose={closeComposer} />
  ) : (
    <UnsentBar isFeed={path === paths.feed} />
  );
}
