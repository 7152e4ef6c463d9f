import type { ReactNode } from "react";
import type { Person } from "../data/client.ts";
import { Button } from "../design/button.tsx";
import { PersonSkeleton, Skeletons } from "../design/skeleton.tsx";
import { useText } from "../language/language.ts";
import { PersonRow } from "./person-row.tsx";
import { ReadFailure } from "./read-failure.tsx";
import { useNearEnd } from "./use-in-view.ts";
import type { People } from "./use-people.ts";
import styles from "./people-list.module.css";

interface PeopleListProps {
  readonly list: People;
  /** Who is shown of them, where that is not everyone. */
  readonly people?: readonly Person[];
  readonly label: string;
  readonly empty: ReactNode;
  /** What can be done about someone, at the end of the row. */
  readonly actions?: (person: Person) => ReactNode;
}

const skeletonCount = 6;

/** People one below another, read further as the reader comes near the end. */
export function PeopleList(props: PeopleListProps) {
  const { list, label, empty, actions } = props;
  const people = props.people ?? list.people;
  const t = useText();
  const { phase, error, hasMore, hasMoreFailed, isLoading } = list;
  const end = useNearEnd<HTMLDivElement>(list.more, `${phase} ${people.length} ${isLoading}`);
  if (phase === "failed") {
    return <ReadFailure error={error} onRetry={list.retry} />;
  }
  if (phase === "first") {
    return <Skeletons of="person" count={skeletonCount} label={t("people.loading")} />;
  }
  if (people.length === 0 && !hasMore) {
    return empty;
  }
  return (
    <>
      <ul aria-label={label} aria-busy={isLoading} className={styles["list"]}>
        {people.map((person) => (
          <PersonRow key={person.id} person={person}>
            {actions?.(person)}
          </PersonRow>
        ))}
      </ul>
      <div ref={end}>
        {hasMoreFailed ? (
          <div className={styles["failed"]} role="alert">
            <p>{t("list.failed")}</p>
            <Button onClick={list.retry}>{t("app.retry")}</Button>
          </div>
        ) : hasMore ? (
          <>
            <p className="unseen" role="status">
              {t("people.loading")}
            </p>
            <PersonSkeleton />
          </>
        ) : null}
      </div>
    </>
  );
}
