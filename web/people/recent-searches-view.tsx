import { useSyncExternalStore } from "react";
import { useSignedIn } from "../data/session.ts";
import { Button } from "../design/button.tsx";
import { Icon } from "../design/icons.tsx";
import { State } from "../design/state.tsx";
import { useText } from "../language/language.ts";
import { forgetSearches, listenToSearches, recentSearches } from "./recent-searches.ts";
import styles from "./recent-searches-view.module.css";

/** Before anything is typed: what was looked for lately, or what can be looked for. */
export function RecentSearches({ onChoose }: { readonly onChoose: (text: string) => void }) {
  const t = useText();
  const me = useSignedIn();
  const texts = useSyncExternalStore(listenToSearches, () => recentSearches(me.id));
  if (texts.length === 0) {
    return (
      <State
        icon="people"
        title={t("people.search.begin.title")}
        text={t("people.search.begin.text")}
      />
    );
  }
  return (
    <section aria-labelledby="recent-searches">
      <div className={styles["head"]}>
        <h2 id="recent-searches" className={styles["title"]}>
          {t("people.search.recent")}
        </h2>
        <Button
          look="quiet"
          size="s"
          onClick={() => {
            forgetSearches(me.id);
          }}
        >
          {t("people.search.forget")}
        </Button>
      </div>
      <ul>
        {texts.map((text) => (
          <li key={text}>
            <button
              type="button"
              className={styles["text"]}
              onClick={() => {
                onChoose(text);
              }}
            >
              <Icon name="clock" size={20} />
              <span className={styles["words"]} dir="auto">
                {text}
              </span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
