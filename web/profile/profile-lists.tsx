import { Link } from "wouter";
import { PageHead } from "../app/page-head.tsx";
import { paths } from "../app/paths.ts";
import { isProblem, type Account } from "../data/client.ts";
import { State } from "../design/state.tsx";
import { useText } from "../language/language.ts";
import { FoundRelation } from "../people/found-relation.tsx";
import { listOfQuery, othersLists, type OthersList } from "../people/people-lists.ts";
import { PeopleList } from "../people/people-list.tsx";
import { usePeople } from "../people/use-people.ts";
import { usePlace } from "../people/use-place.ts";
import tabs from "../people/friends-page.module.css";

interface ProfileListsProps {
  readonly account: Account;
  readonly list: OthersList;
}

const notFound = 404;

/** With whom a person has to do, as far as that person shows it. */
export function ProfileLists({ account, list }: ProfileListsProps) {
  const t = useText();
  const { id, name, handle } = account;
  const people = usePeople(listOfQuery(id, list));
  usePlace(`${list} of ${id}`);
  const isNotShown = isProblem(people.error) && people.error.status === notFound;
  return (
    <>
      <PageHead title={name} hasBack />
      <nav aria-label={t("profile.lists", { name })}>
        <ul className={tabs["tabs"]}>
          {othersLists.map((other) => (
            <li key={other}>
              <Link
                href={`${paths.profile(handle)}/${other}`}
                className={tabs["tab"]}
                aria-current={other === list ? "page" : undefined}
                replace
              >
                {t(`profile.list.${other}`)}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <h2 className="unseen">{t(`profile.list.${list}`)}</h2>
      {isNotShown ? (
        <State
          icon="lock"
          title={t("profile.notShown.title")}
          text={t("profile.notShown.text", { name })}
        />
      ) : (
        <PeopleList
          list={people}
          label={t(`profile.list.${list}`)}
          empty={<State icon="people" title={t(`profile.nobody.${list}`)} />}
          actions={(person) => <FoundRelation person={person} />}
        />
      )}
    </>
  );
}
