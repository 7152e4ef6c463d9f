import { useEffect, useRef, type KeyboardEvent } from "react";
import { cameBack } from "../app/came-back.ts";
import { PageHead } from "../app/page-head.tsx";
import { useSignedIn } from "../data/session.ts";
import { State } from "../design/state.tsx";
import { useText } from "../language/language.ts";
import { FoundRelation } from "./found-relation.tsx";
import { searchedText, searchQuery } from "./people-search.ts";
import { PeopleList } from "./people-list.tsx";
import { RecentSearches } from "./recent-searches-view.tsx";
import { rememberSearch } from "./recent-searches.ts";
import { SearchField } from "./search-field.tsx";
import { usePeople } from "./use-people.ts";
import { usePlace } from "./use-place.ts";
import { useSearchText } from "./use-search-text.ts";
import styles from "./search-page.module.css";

const personSelector = "a[data-person]";

/** People by handle or name, found as one types. */
export function SearchPage() {
  const t = useText();
  const me = useSignedIn();
  const { typed, text, type, look } = useSearchText();
  const found = usePeople(searchQuery(text));
  const results = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  usePlace("search");
  useEffect(() => {
    // Whoever comes here with a keyboard wants to type; on a phone one would cover half the page.
    const field = input.current;
    if (field?.value === "" && !cameBack() && matchMedia("(pointer: fine)").matches) {
      field.focus({ preventScroll: true });
    }
  }, []);

  function people(): readonly HTMLElement[] {
    return [...(results.current?.querySelectorAll<HTMLElement>(personSelector) ?? [])];
  }

  function moveFromField(event: KeyboardEvent): void {
    if (event.key === "ArrowDown" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      people()[0]?.focus();
    }
  }

  /** Arrows go from person to person, and from the first back to the field. */
  function moveInResults(event: KeyboardEvent): void {
    const all = people();
    const at = all.findIndex((person) => person === document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (at < 0 || step === undefined) {
      return;
    }
    event.preventDefault();
    const target = at + step < 0 ? input.current : all[at + step];
    target?.focus();
  }

  function remember(searched: string): void {
    if (searched !== "") {
      rememberSearch(me.id, searched);
    }
  }

  function submit(): void {
    look(typed);
    remember(searchedText(typed));
    if (searchedText(typed) === text && !found.isOutdated) {
      people()[0]?.focus();
    }
  }

  return (
    <>
      <PageHead title={t("people.search.title")} />
      <SearchField
        ref={input}
        isMain
        label={t("people.search.label")}
        placeholder={t("people.search.hint")}
        value={typed}
        isBusy={text !== "" && found.isOutdated}
        onChange={type}
        onKeyDown={moveFromField}
        onSubmit={submit}
        onClear={() => {
          look("");
          input.current?.focus();
        }}
      />
      {text === "" ? (
        <RecentSearches onChoose={look} />
      ) : (
        <div
          ref={results}
          className={styles["results"]}
          data-outdated={found.isOutdated || undefined}
          onKeyDown={moveInResults}
          onClick={({ target }) => {
            if (target instanceof Element && target.closest(personSelector) !== null) {
              remember(text);
            }
          }}
        >
          <h2 className="unseen">{t("people.search.results")}</h2>
          <p role="status" className="unseen">
            {found.phase !== "there" || found.isOutdated || found.hasMore
              ? ""
              : t("people.found", { count: found.people.length })}
          </p>
          <PeopleList
            list={found}
            label={t("people.search.results")}
            empty={
              <State
                icon="search"
                title={t("people.search.none.title")}
                text={t("people.search.none.text")}
              />
            }
            actions={(person) => <FoundRelation person={person} />}
          />
        </div>
      )}
    </>
  );
}
