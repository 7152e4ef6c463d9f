import { useQuery } from "@tanstack/react-query";
import type { Person } from "../data/client.ts";
import { readAccount, strangers } from "../data/people.ts";
import { keys } from "../data/queries.ts";
import { useMe } from "../data/session.ts";
import { RowRelation } from "./relation-buttons.tsx";
import { useSeen } from "./use-in-view.ts";
import styles from "./found-relation.module.css";

/** At the end of a row whose list does not say how the reader stands to the person: asked when seen. */
export function FoundRelation({ person }: { readonly person: Person }) {
  const me = useMe();
  const [ref, isSeen] = useSeen<HTMLDivElement>();
  const isOther = Boolean(me) && me?.id !== person.id;
  const { data: relationship } = useQuery({
    queryKey: keys.relationship(person.id),
    queryFn: async () => (await readAccount(person.id)).relationship ?? strangers,
    enabled: isOther && isSeen,
  });
  if (!isOther) {
    return null;
  }
  return (
    <div ref={ref} className={styles["place"]}>
      {relationship === undefined ? null : (
        <RowRelation about="anyone" person={person} relationship={relationship} />
      )}
    </div>
  );
}
