import { useEffect } from "react";
import { navigate } from "wouter/use-browser-location";
import { openComposer } from "../compose/open-composer.ts";
import { currentMe } from "../data/session.ts";
import { focusWhenThere } from "./focus-when-there.ts";
import { paths } from "./paths.ts";
import { openShortcutsHelp } from "./shortcuts-help.tsx";
import { createKeyReader, type Command } from "./shortcuts-keys.ts";
import { shortcutsAreOn } from "./shortcuts-setting.ts";
import { currentStory, goToStory, leaveStory, pressIn } from "./shortcuts-stories.ts";

const commands: Readonly<Record<Command, () => void>> = {
  next: () => {
    goToStory(1);
  },
  previous: () => {
    goToStory(-1);
  },
  open: openStory,
  like: () => {
    pressIn(currentStory(), '[data-action="like"]');
  },
  reply: () => {
    pressIn(currentStory(), '[data-action="comment"]');
  },
  reshare: () => {
    pressIn(currentStory(), '[data-action="reshare"]');
  },
  author: () => {
    pressIn(currentStory(), 'header a[href^="/@"]');
  },
  write: openComposer,
  search: () => {
    navigate(paths.search);
    focusWhenThere("[data-search]");
  },
  feed: () => {
    navigate(paths.feed);
  },
  friends: () => {
    navigate(paths.friends);
  },
  settings: () => {
    navigate(paths.settings);
  },
  me: () => {
    const me = currentMe();
    if (me !== null) {
      navigate(paths.profile(me.handle));
    }
  },
  help: openShortcutsHelp,
};

function openStory(): void {
  const id = currentStory()?.dataset["story"];
  if (id !== undefined && location.pathname !== paths.story(id)) {
    navigate(paths.story(id));
  }
}

/** Where keys are for typing or choosing, or belong to something that is open above the page. */
const ownKeys = "input, textarea, select, [contenteditable], [role=menu], dialog";

function isFree({ target }: KeyboardEvent): boolean {
  const isInOwn = target instanceof Element && target.closest(ownKeys) !== null;
  return !isInOwn && document.querySelector("dialog[open]") === null;
}

/** The keys of the page, for as long as the component that calls it is there. */
export function useShortcuts(): void {
  useEffect(() => {
    const read = createKeyReader();
    const pressed = (event: KeyboardEvent): void => {
      const { ctrlKey, metaKey, altKey, isComposing, defaultPrevented, target, key } = event;
      const isOther = ctrlKey || metaKey || altKey || isComposing || defaultPrevented;
      if (isOther || !isFree(event)) {
        return;
      }
      if (key === "Escape") {
        leaveStory();
      } else if (key === "Enter") {
        // On a link or button within the story Enter is theirs.
        if (target instanceof Element && target.matches("article[data-story]")) {
          event.preventDefault();
          openStory();
        }
      } else if (shortcutsAreOn()) {
        const command = read(event, event.timeStamp);
        if (command !== null) {
          event.preventDefault();
          commands[command]();
        }
      }
    };
    document.addEventListener("keydown", pressed);
    return () => {
      document.removeEventListener("keydown", pressed);
    };
  }, []);
}
