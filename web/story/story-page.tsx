import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { NotFoundPage } from "../app/not-found-page.tsx";
import { PageHead } from "../app/page-head.tsx";
import type { Story } from "../data/client.ts";
import { keys } from "../data/queries.ts";
import { useFailure } from "../data/use-failure.ts";
import { readStory, stories, useStory } from "../data/world.ts";
import { Skeletons } from "../design/skeleton.tsx";
import { State } from "../design/state.tsx";
import { useText } from "../language/language.ts";
import { ReadFailure } from "../people/read-failure.tsx";
import { CommentSection } from "./comment-section.tsx";
import { LikesDialog } from "./likes-dialog.tsx";
import { StoryCard } from "./story-card.tsx";
import styles from "./story-page.module.css";

/** A story whole, with who liked it and what was answered. */
export function StoryPage({ id }: { readonly id: string }) {
  const t = useText();
  const story = useStory(id);
  const query = useQuery({ queryKey: keys.story(id), queryFn: () => readAndHold(id) });
  const failure = useFailure(query);
  const wasThere = useWasThere(story);
  if (story === "gone" || (story === undefined && query.data === "gone")) {
    return wasThere ? <GonePage /> : <NotFoundPage />;
  }
  return (
    <>
      <PageHead title={t("story.title")} hasBack />
      {story !== undefined ? (
        <>
          <StoryCard story={story} isWhole />
          <Likes story={story} />
          <CommentSection story={story} />
        </>
      ) : failure === null ? (
        <Skeletons of="story" count={1} label={t("app.loading")} />
      ) : (
        <ReadFailure error={failure} onRetry={() => void query.refetch()} />
      )}
    </>
  );
}

async function readAndHold(id: string): Promise<"there" | "gone"> {
  const story = await readStory(id);
  if (story === "gone") {
    stories.remove(id);
    return "gone";
  }
  stories.put(story);
  return "there";
}

/** Whether the reader has seen the story on this page. */
function useWasThere(story: ReturnType<typeof useStory>): boolean {
  const isThere = story !== undefined && story !== "gone";
  const [wasThere, setWasThere] = useState(isThere);
  if (isThere && !wasThere) {
    setWasThere(true);
  }
  return wasThere;
}

function GonePage() {
  const t = useText();
  return (
    <>
      <PageHead title={t("story.title")} hasBack />
      <State icon="trash" title={t("story.gone.title")} text={t("story.gone.text")} />
    </>
  );
}

function Likes({ story }: { readonly story: Story }) {
  const t = useText();
  const [isOpen, setIsOpen] = useState(false);
  const { likes } = story.counts;
  if (likes === 0) {
    return null;
  }
  return (
    <div className={styles["likes"]}>
      <button
        type="button"
        className={styles["likers"]}
        aria-haspopup="dialog"
        onClick={() => {
          setIsOpen(true);
        }}
      >
        {t("story.likedBy", { count: likes })}
      </button>
      {isOpen ? (
        <LikesDialog
          storyId={story.id}
          onClose={() => {
            setIsOpen(false);
          }}
        />
      ) : null}
    </div>
  );
}
