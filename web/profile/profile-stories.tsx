import { useMemo, useState } from "react";
import { cameBack } from "../app/came-back.ts";
import { openComposer } from "../compose/open-composer.ts";
import type { Account } from "../data/client.ts";
import { storiesOf, useStoryList } from "../data/world.ts";
import { Button } from "../design/button.tsx";
import { State } from "../design/state.tsx";
import { NewStories } from "../feed/new-stories.tsx";
import { placeOf } from "../feed/place.ts";
import { StoryListView } from "../feed/story-list-view.tsx";
import { useText } from "../language/language.ts";

/** What a person wrote, as far as the reader may see it. Whoever comes back finds their place. */
export function ProfileStories(props: { readonly account: Account; readonly isOwn: boolean }) {
  const { account, isOwn } = props;
  const { id, name } = account;
  const t = useText();
  const list = useMemo(() => storiesOf(id), [id]);
  useState(() => {
    if (!cameBack()) {
      const place = placeOf(list);
      place.offset = 0;
      place.focusedStory = null;
    }
  });
  const { isStarted, entries } = useStoryList(list);
  return (
    <>
      <h2 className="unseen">{t("profile.stories", { name })}</h2>
      <NewStories list={list} isQuiet={!isStarted || entries.length === 0} />
      <StoryListView
        list={list}
        label={t("profile.stories", { name })}
        end={t("profile.end")}
        empty={
          isOwn ? (
            <State icon="write" title={t("profile.noOwn.title")} text={t("profile.noOwn.text")}>
              <Button look="primary" onClick={openComposer}>
                {t("profile.noOwn.write")}
              </Button>
            </State>
          ) : (
            <State
              icon="write"
              title={t("profile.noStories.title")}
              text={t("profile.noStories.text", { name })}
            />
          )
        }
      />
    </>
  );
}
