import { useQuery, skipToken } from "@tanstack/react-query";
import type { Person, Relationship } from "../data/client.ts";
import { keys } from "../data/queries.ts";
import type { About } from "./offers.ts";
import { standings, type OwnList } from "./people-lists.ts";
import { RowRelation } from "./relation-buttons.tsx";

const abouts: Readonly<Record<OwnList, About>> = {
  friends: "friends",
  received: "received",
  sent: "anyone",
  following: "following",
  muted: "muted",
  blocked: "blocked",
};

/** The list says how the reader stands to a person, until something is done about it here. */
export function OwnRow(props: {
  readonly list: OwnList;
  readonly person: Person;
  readonly isActedOn: boolean;
  readonly onAct: (id: string) => void;
}) {
  const { list, person, isActedOn, onAct } = props;
  const { data: known } = useQuery<Relationship>({
    queryKey: keys.relationship(person.id),
    queryFn: skipToken,
  });
  const relationship = (isActedOn ? known : undefined) ?? standings[list];
  return (
    <RowRelation about={abouts[list]} person={person} relationship={relationship} onAct={onAct} />
  );
}
