import { Button } from "../design/button.tsx";
import { Icon } from "../design/icons.tsx";
import { Menu, type MenuItem } from "../design/menu.tsx";
import type { Relationship } from "../data/client.ts";
import type { RelationAction } from "../data/people.ts";
import { useText } from "../language/language.ts";
import { following, muting, profileOffers, rowOffers, type About, type Offer } from "./offers.ts";
import { useRelation, type Relating } from "./use-relation.tsx";
import styles from "./relation-buttons.module.css";

/** In a list: the one or two things that can be done about a person there. */
export function RowRelation({ about, ...relating }: Relating & { readonly about: About }) {
  const t = useText();
  const { person, relationship } = relating;
  const { act, ask, question, ref } = useRelation(relating);
  const { friend } = relationship;
  const isToldOf = about === "anyone" || about === "received";
  return (
    <div ref={ref} tabIndex={-1} className={styles["row"]}>
      <span role="status" className={styles["state"]}>
        {friend === "friends" && isToldOf ? <FriendMark /> : null}
        {friend === "none" && about === "received" ? t("people.state.declined") : null}
      </span>
      {rowOffers(about, relationship).map((offer, place) => (
        <OfferButton key={place} offer={offer} act={act} rowOf={person.name} />
      ))}
      {friend === "friends" && about === "friends" ? (
        <Menu
          label={t("people.more", { name: person.name })}
          items={[
            item("part", t("people.action.unfriend"), () => {
              ask("unfriend");
            }),
            item("block", t("people.action.block"), () => {
              ask("block");
            }),
          ]}
        />
      ) : null}
      {question}
    </div>
  );
}

/** On somebody's page: everything that can be between the reader and them. */
export function ProfileRelation(relating: Relating) {
  const t = useText();
  const { person, relationship } = relating;
  const { act, ask, question, ref } = useRelation(relating);
  const { friend, blocked } = relationship;
  const isFriend = friend === "friends";
  const follow = following(relationship);
  const mute = muting(relationship);
  const onlyFriends = [
    item("person", t(`people.action.${follow.words}`), () => {
      act(follow.action);
    }),
    item("part", t("people.action.unfriend"), () => {
      ask("unfriend");
    }),
  ];
  const always = [
    item("mute", t(`people.action.${mute.words}`), () => {
      act(mute.action);
    }),
    item("block", t("people.action.block"), () => {
      ask("block");
    }),
  ];
  return (
    <div>
      <div ref={ref} tabIndex={-1} className={styles["offers"]}>
        {isFriend ? <FriendMark /> : null}
        {profileOffers(relationship).map((offer, place) => (
          <OfferButton key={place} offer={offer} act={act} />
        ))}
        {blocked ? null : (
          <span className={styles["menu"]}>
            <Menu
              label={t("people.more", { name: person.name })}
              items={isFriend ? [...onlyFriends, ...always] : always}
            />
          </span>
        )}
      </div>
      <Notes relationship={relationship} />
      {question}
    </div>
  );
}

function OfferButton(props: {
  readonly offer: Offer;
  readonly act: (action: RelationAction) => void;
  /** In a list each button says whom it is about. */
  readonly rowOf?: string;
}) {
  const { offer, act, rowOf } = props;
  const t = useText();
  const action = t(`people.action.${offer.words}`);
  return (
    <Button
      size={rowOf === undefined ? "m" : "s"}
      look={offer.isMain ? "primary" : "plain"}
      aria-label={rowOf === undefined ? undefined : t("people.for", { action, name: rowOf })}
      onClick={({ detail: presses }) => {
        // The second press of a double click would undo the first.
        if (presses <= 1) {
          act(offer.action);
        }
      }}
    >
      {action}
    </Button>
  );
}

/** How the two stand to each other, where the buttons do not say it. */
function Notes({ relationship }: { readonly relationship: Relationship }) {
  const t = useText();
  const { friend, followedBy, muted, blocked } = relationship;
  const notes = [
    blocked && t("people.state.blocked"),
    friend === "requested" && t("people.state.requested"),
    friend === "received" && t("people.state.received"),
    followedBy && t("people.state.followsYou"),
    muted && !blocked && t("people.state.muted"),
  ].filter((note) => note !== false);
  return (
    <div role="status" className={styles["notes"]}>
      {notes.map((note) => (
        <p key={note}>{note}</p>
      ))}
    </div>
  );
}

function FriendMark() {
  const t = useText();
  return (
    <span className={styles["friends"]}>
      <Icon name="check" size={16} />
      {t("people.state.friends")}
    </span>
  );
}

function item(icon: MenuItem["icon"], label: string, onChoose: () => void): MenuItem {
  return { icon, label, onChoose, isDangerous: icon === "block" };
}
