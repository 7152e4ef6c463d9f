import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { EditStoryDialog } from "../compose/edit-story-dialog.tsx";
import type { Story } from "../data/client.ts";
import { readAccount, type KnownAccount, type RelationAction } from "../data/people.ts";
import { keys } from "../data/queries.ts";
import { useMe } from "../data/session.ts";
import { Menu, type MenuItem } from "../design/menu.tsx";
import { useText } from "../language/language.ts";
import { ConfirmDialog } from "../people/confirm-dialog.tsx";
import { relateOrSay } from "../people/relate-or-say.ts";
import { copyLink } from "./copy-link.ts";
import { removeStory } from "./remove-story.ts";

/** What can be done with a story beside liking, answering and resharing it. */
export function StoryMenu({ story }: { readonly story: Story }) {
  const t = useText();
  const me = useMe();
  const label = t("story.more", { name: story.author.name });
  const copy: MenuItem = {
    icon: "link",
    label: t("story.copyLink"),
    onChoose: () => void copyLink(story.id),
  };
  if (!me) {
    return <Menu label={label} items={[copy]} />;
  }
  return me.id === story.author.id ? (
    <OwnMenu story={story} label={label} copy={copy} />
  ) : (
    <OthersMenu story={story} label={label} copy={copy} />
  );
}

interface MenuProps {
  readonly story: Story;
  readonly label: string;
  readonly copy: MenuItem;
}

function OwnMenu({ story, label, copy }: MenuProps) {
  const t = useText();
  const [isEditing, setIsEditing] = useState(false);
  return (
    <>
      <Menu
        label={label}
        items={[
          {
            icon: "write",
            label: t("story.edit"),
            onChoose: () => {
              setIsEditing(true);
            },
          },
          copy,
          {
            icon: "trash",
            label: t("story.remove"),
            isDangerous: true,
            onChoose: () => {
              removeStory(story);
            },
          },
        ]}
      />
      {isEditing ? (
        <EditStoryDialog
          story={story}
          onClose={() => {
            setIsEditing(false);
          }}
        />
      ) : null}
    </>
  );
}

type Weighty = "unfriend" | "block";
/** Of someone whom the reader follows or is friends with. */
const relationItems = 3;

function OthersMenu({ story, label, copy }: MenuProps) {
  const t = useText();
  const { author } = story;
  const [isOpened, setIsOpened] = useState(false);
  const [asked, setAsked] = useState<Weighty | null>(null);
  // How the reader stands to the author is asked for only when the menu is used.
  const { data: known, isError } = useQuery<KnownAccount>({
    queryKey: keys.account(author.id),
    queryFn: () => readAccount(author.id),
    enabled: isOpened,
  });
  const relationship = known?.relationship;

  function act(action: RelationAction): void {
    if (known !== undefined && relationship !== undefined) {
      void relateOrSay({ account: known.account, relationship }, action);
    }
  }

  const items: MenuItem[] = [copy];
  if (relationship !== undefined) {
    if (relationship.following && relationship.friend !== "friends") {
      items.push({
        icon: "person",
        label: t("people.action.unfollow"),
        onChoose: () => {
          act("unfollow");
        },
      });
    }
    const mute = relationship.muted ? "unmute" : "mute";
    items.push({
      icon: "mute",
      label: t(`people.action.${mute}`),
      onChoose: () => {
        act(mute);
      },
    });
    if (relationship.friend === "friends") {
      items.push({
        icon: "part",
        label: t("people.action.unfriend"),
        onChoose: () => {
          setAsked("unfriend");
        },
      });
    }
    items.push({
      icon: "block",
      label: t("people.action.block"),
      isDangerous: true,
      onChoose: () => {
        setAsked("block");
      },
    });
  }

  return (
    <>
      <Menu
        label={label}
        items={items}
        coming={relationship === undefined && !isError ? relationItems : 0}
        onOpen={() => {
          setIsOpened(true);
        }}
      />
      {asked === null ? null : (
        <ConfirmDialog
          title={t(`people.confirm.${asked}.title`, { name: author.name })}
          text={t(`people.confirm.${asked}.text`)}
          confirm={t(`people.action.${asked}`)}
          onConfirm={() => {
            act(asked);
          }}
          onClose={() => {
            setAsked(null);
          }}
        />
      )}
    </>
  );
}
