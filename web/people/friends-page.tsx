import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { PageHead } from "../app/page-head.tsx";
import { NotFoundPage } from "../app/not-found-page.tsx";
import { paths } from "../app/paths.ts";
import { readAccount } from "../data/people.ts";
import { keys } from "../data/queries.ts";
import { useSignedIn } from "../data/session.ts";
import { wholeCount } from "../language/format.ts";
import { useLocale, useText } from "../language/language.ts";
import { OwnListView } from "./own-list-view.tsx";
import { isOwnList, ownLists, type OwnList } from "./people-lists.ts";
import { readReceived } from "./requests.ts";
import styles from "./friends-page.module.css";

/** Everyone with whom the reader has something to do, list by list. */
export function FriendsPage({ params }: { readonly params: { readonly list?: string } }) {
  const t = useText();
  const list = params.list ?? "friends";
  if (!isOwnList(list)) {
    return <NotFoundPage />;
  }
  return (
    <>
      <PageHead title={t("people.title")} />
      <Tabs current={list} />
      <h2 className="unseen">{t(`people.list.${list}`)}</h2>
      <OwnListView key={list} list={list} />
    </>
  );
}

function Tabs({ current }: { readonly current: OwnList }) {
  const t = useText();
  const counts = useCounts();
  return (
    <nav aria-label={t("people.lists")}>
      <ul className={styles["tabs"]}>
        {ownLists.map((list) => (
          <li key={list}>
            <Link
              href={list === "friends" ? paths.friends : `${paths.friends}/${list}`}
              className={styles["tab"]}
              aria-current={list === current ? "page" : undefined}
              replace
            >
              {t(`people.list.${list}`)}
              <Count of={list} count={counts[list] ?? 0} />
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** How many there are, where that is known without reading the list to its end. */
function useCounts(): Partial<Record<OwnList, number>> {
  const me = useSignedIn();
  const { data: known } = useQuery({
    queryKey: keys.account(me.id),
    queryFn: () => readAccount(me.id),
  });
  const { data: received } = useQuery({
    queryKey: keys.requests("received"),
    queryFn: readReceived,
  });
  const { friends, following } = known?.account.counts ?? me.counts;
  return { friends, following, received: received?.length ?? 0 };
}

function Count({ of, count }: { readonly of: OwnList; readonly count: number }) {
  const locale = useLocale();
  return count === 0 ? null : (
    <span className={styles["count"]} data-waiting={of === "received" || undefined}>
      {wholeCount(count, locale)}
    </span>
  );
}
