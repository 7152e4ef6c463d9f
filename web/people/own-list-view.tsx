import { useEffect, useState } from "react";
import { Link } from "wouter";
import buttons from "../app/link-button.module.css";
import { paths } from "../app/paths.ts";
import type { IconName } from "../design/icons.tsx";
import { State } from "../design/state.tsx";
import { useText } from "../language/language.ts";
import { FilterField } from "./filter-field.tsx";
import { matches } from "./name-filter.ts";
import { ownListQuery, type OwnList } from "./people-lists.ts";
import { OwnRow } from "./own-row.tsx";
import { PeopleList } from "./people-list.tsx";
import { usePlace } from "./use-place.ts";
import { usePeople, useSteady } from "./use-people.ts";

const emptyIcons: Readonly<Record<OwnList, IconName>> = {
  friends: "people",
  received: "people",
  sent: "people",
  following: "person",
  muted: "mute",
  blocked: "block",
};

/** With fewer friends than this one sees who is there. */
const filterFrom = 8;

/** One of the reader's own lists. */
export function OwnListView({ list }: { readonly list: OwnList }) {
  const t = useText();
  const [filter, setFilter] = useState("");
  const read = usePeople(ownListQuery(list));
  const { people, acted, act } = useSteady(read.people);
  usePlace(`own ${list}`);
  const isFiltered = filter.trim() !== "";
  useEffect(() => {
    // Whom one looks for may be far down, so that all of the list is read.
    if (isFiltered) {
      read.more();
    }
  });
  const shown = isFiltered ? people.filter((person) => matches(person, filter)) : people;
  return (
    <>
      {list === "friends" && people.length >= filterFrom ? (
        <FilterField
          value={filter}
          onChange={setFilter}
          found={isFiltered && !read.hasMore ? shown.length : null}
        />
      ) : null}
      <PeopleList
        list={read}
        people={shown}
        label={t(`people.list.${list}`)}
        empty={isFiltered ? <NoMatch /> : <Empty list={list} />}
        actions={(person) => (
          <OwnRow list={list} person={person} isActedOn={acted.has(person.id)} onAct={act} />
        )}
      />
    </>
  );
}

function NoMatch() {
  const t = useText();
  return <State icon="search" title={t("people.filter.none")} />;
}

function Empty({ list }: { readonly list: OwnList }) {
  const t = useText();
  const leadsOn = list === "friends" || list === "sent" || list === "following";
  return (
    <State
      icon={emptyIcons[list]}
      title={t(`people.empty.${list}.title`)}
      text={t(`people.empty.${list}.text`)}
    >
      {leadsOn ? (
        <Link href={paths.search} className={buttons["primary"]}>
          {t("people.find")}
        </Link>
      ) : null}
    </State>
  );
}
