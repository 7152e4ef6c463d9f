import { memo } from "react";
import { Link } from "wouter";
import { paths } from "../app/paths.ts";
import type { Story } from "../data/client.ts";
import type { Reason } from "../data/story-list.ts";
import { Avatar } from "../design/avatar.tsx";
import { Icon } from "../design/icons.tsx";
import { languageOf } from "../language/language-of.ts";
import { useText } from "../language/language.ts";
import { ReasonLine } from "./reason-line.tsx";
import { StoryActions } from "./story-actions.tsx";
import { StoryLink } from "./story-link.tsx";
import { StoryMedia } from "./story-media.tsx";
import { StoryMenu } from "./story-menu.tsx";
import { StoryText } from "./story-text.tsx";
import { Time } from "./time.tsx";
import styles from "./story-card.module.css";

interface StoryCardProps {
  readonly story: Story;
  readonly reason?: Reason | null;
  /** On its own page a story is shown whole. */
  readonly isWhole?: boolean;
  /** Its place in a list of so many, for screen readers; -1 when the end is not known. */
  readonly place?: { readonly at: number; readonly of: number };
}

const visibilityIcons = { public: null, friends: "people", self: "lock" } as const;

/** A story as it stands in a list or on its page. */
export const StoryCard = memo(function StoryCard(props: StoryCardProps) {
  const { story, reason = null, isWhole = false, place } = props;
  const { author } = story;
  const t = useText();
  const visibilityIcon = visibilityIcons[story.visibility];
  return (
    <article
      className={styles["card"]}
      data-story={story.id}
      tabIndex={isWhole ? undefined : 0}
      aria-label={t("story.by", { name: author.name })}
      aria-posinset={place?.at}
      aria-setsize={place?.of}
    >
      {reason === null ? null : <ReasonLine reason={reason} />}
      <div className={styles["row"]}>
        <Link href={paths.profile(author.handle)} tabIndex={-1} aria-hidden="true">
          <Avatar account={author} />
        </Link>
        <div className={styles["content"]}>
          <header className={styles["head"]}>
            <Link href={paths.profile(author.handle)} className={styles["author"]}>
              <span className={styles["name"]} dir="auto" lang={languageOf(author.name)}>
                {author.name}
              </span>{" "}
              <span className={styles["handle"]}>@{author.handle}</span>
            </Link>
            <Link href={paths.story(story.id)} className={styles["time"]}>
              <Time at={story.createdAt} />
            </Link>
            {story.editedAt === null ? null : (
              <span className={styles["edited"]} title={t("story.edited")}>
                <Icon name="write" size={16} />
                <span className={styles["word"]}>{t("story.edited")}</span>
              </span>
            )}
            {visibilityIcon === null ? null : (
              <span
                className={styles["visibility"]}
                title={t(`story.visibility.${story.visibility}`)}
              >
                <Icon name={visibilityIcon} size={16} />
                <span className="unseen">{t(`story.visibility.${story.visibility}`)}</span>
              </span>
            )}
            <span className={styles["menu"]}>
              <StoryMenu story={story} />
            </span>
          </header>
          {story.text === "" ? null : (
            <StoryText id={story.id} text={story.text} lang={story.lang} folds={!isWhole} />
          )}
          {story.media.length === 0 ? null : <StoryMedia story={story} />}
          {story.link === null ? null : <StoryLink link={story.link} />}
          <StoryActions story={story} />
        </div>
      </div>
    </article>
  );
});
