import { Link } from "wouter";
import { paths } from "../app/paths.ts";
import { PageHead } from "../app/page-head.tsx";
import { InlineComposer } from "../compose/inline-composer.tsx";
import { feed, useStoryList } from "../data/world.ts";
import { State } from "../design/state.tsx";
import { useText } from "../language/language.ts";
import buttons from "../app/link-button.module.css";
import { NewStories } from "./new-stories.tsx";
import { StoryListView } from "./story-list-view.tsx";

/** What the reader's people wrote, newest first. */
export function FeedPage() {
  const t = useText();
  const { isStarted, entries } = useStoryList(feed);
  return (
    <>
      <PageHead title={t("feed.title")} />
      <InlineComposer />
      <NewStories list={feed} isQuiet={!isStarted || entries.length === 0} />
      <StoryListView
        list={feed}
        label={t("feed.title")}
        end={t("feed.end")}
        empty={
          <State icon="people" title={t("feed.empty.title")} text={t("feed.empty.text")}>
            <Link href={paths.search} className={buttons["primary"]}>
              {t("feed.empty.find")}
            </Link>
          </State>
        }
      />
    </>
  );
}
