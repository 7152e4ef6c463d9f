import { navigate } from "wouter/use-browser-location";
import { askToSignIn } from "../app/ask-to-sign-in.ts";
import { paths } from "../app/paths.ts";
import type { Story } from "../data/client.ts";
import type { Reaction } from "../data/reactions.ts";
import { useMe } from "../data/session.ts";
import { reactions } from "../data/world.ts";
import { Icon, type IconName } from "../design/icons.tsx";
import { compactCount } from "../language/format.ts";
import { useLocale, useText } from "../language/language.ts";
import { commentFieldId } from "./comment-field-id.ts";
import styles from "./story-actions.module.css";

/** Like, comment, reshare; with how many have. */
export function StoryActions({ story }: { readonly story: Story }) {
  const t = useText();
  const me = useMe();
  const { counts, viewer } = story;
  function toggle(reaction: Reaction): void {
    if (me) {
      reactions.set(story.id, reaction, !(viewer?.[reaction] ?? false));
    } else {
      askToSignIn();
    }
  }
  return (
    <div className={styles["actions"]}>
      <Action
        kind="like"
        icon="heart"
        label={t("story.like", { count: counts.likes })}
        count={counts.likes}
        isOn={viewer?.liked ?? false}
        onPress={() => {
          toggle("liked");
        }}
      />
      <Action
        kind="comment"
        icon="comment"
        label={t("story.comments", { count: counts.comments })}
        count={counts.comments}
        onPress={() => {
          goToComment(story.id);
        }}
      />
      {story.visibility === "public" ? (
        <Action
          kind="reshare"
          icon="reshare"
          label={t("story.reshare", { count: counts.reshares })}
          count={counts.reshares}
          isOn={viewer?.reshared ?? false}
          onPress={() => {
            toggle("reshared");
          }}
        />
      ) : null}
    </div>
  );
}

/** To the field for a comment, on the story's page. */
function goToComment(storyId: string): void {
  const path = paths.story(storyId);
  if (location.pathname === path) {
    document.getElementById(commentFieldId)?.focus();
  } else {
    navigate(`${path}#${commentFieldId}`);
  }
}

function Action(props: {
  readonly kind: "like" | "comment" | "reshare";
  readonly icon: IconName;
  readonly label: string;
  readonly count: number;
  readonly isOn?: boolean;
  readonly onPress: () => void;
}) {
  const { kind, icon, label, count, isOn, onPress } = props;
  const locale = useLocale();
  return (
    <button
      type="button"
      className={styles["action"]}
      data-action={kind}
      aria-pressed={isOn}
      onClick={onPress}
    >
      <Icon name={icon} size={20} filled={kind === "like" && isOn === true} />
      <span className="unseen">{label}</span>
      <span className={styles["count"]} aria-hidden="true">
        {count > 0 ? compactCount(count, locale) : ""}
      </span>
    </button>
  );
}
