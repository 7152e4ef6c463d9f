import { Link } from "wouter";
import buttons from "../app/link-button.module.css";
import { paths } from "../app/paths.ts";
import type { Account, Person, Relationship } from "../data/client.ts";
import { useMe } from "../data/session.ts";
import { Avatar } from "../design/avatar.tsx";
import { dateOf, wholeCount } from "../language/format.ts";
import { languageOf } from "../language/language-of.ts";
import { useLocale, useText } from "../language/language.ts";
import { othersLists } from "../people/people-lists.ts";
import { ProfileRelation } from "../people/relation-buttons.tsx";
import { Bio } from "./bio.tsx";
import styles from "./profile-head.module.css";

interface ProfileHeadProps {
  /** Without counts: of somebody who is not to be seen. */
  readonly account: Person | Account;
  readonly relationship: Relationship | undefined;
}

const avatarSize = 80;

/** Who somebody is. */
export function ProfileHead({ account, relationship }: ProfileHeadProps) {
  const t = useText();
  const locale = useLocale();
  const me = useMe();
  const { id, name, handle, bio, createdAt } = account;
  const isBlocked = relationship?.blocked === true;
  return (
    <section className={styles["head"]} aria-label={name}>
      <div className={styles["top"]}>
        <Avatar account={account} size={avatarSize} />
        <div className={styles["who"]}>
          <p className={styles["name"]} dir="auto" lang={languageOf(name)}>
            {name}
          </p>
          <p className={styles["handle"]}>@{handle}</p>
        </div>
      </div>
      {isBlocked ? null : (
        <>
          {bio === "" ? null : <Bio text={bio} />}
          <p className={styles["joined"]}>
            {t("profile.joined", { date: dateOf(createdAt, locale, me?.timeZone) })}
          </p>
          {"counts" in account ? <Counts account={account} /> : null}
        </>
      )}
      {me?.id === id ? (
        <div className={styles["own"]}>
          <Link href={`${paths.settings}/profile`} className={buttons["link"]}>
            {t("profile.edit")}
          </Link>
          <Link href={paths.settings} className={buttons["link"]}>
            {t("app.nav.settings")}
          </Link>
        </div>
      ) : me && relationship !== undefined ? (
        <ProfileRelation person={account} relationship={relationship} />
      ) : null}
    </section>
  );
}

/** How many there are of each; those of people lead to the list. */
function Counts({ account }: { readonly account: Account }) {
  const t = useText();
  const locale = useLocale();
  const { counts, handle } = account;
  return (
    <ul className={styles["counts"]}>
      <li className={styles["count"]}>
        {t("profile.count.stories", {
          count: counts.stories,
          number: wholeCount(counts.stories, locale),
        })}
      </li>
      {othersLists.map((list) => (
        <li key={list}>
          <Link href={`${paths.profile(handle)}/${list}`} className={styles["count"]}>
            {t(`profile.count.${list}`, {
              count: counts[list],
              number: wholeCount(counts[list], locale),
            })}
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** Lines in the shape of a head. */
export function ProfileSkeleton({ label }: { readonly label: string }) {
  return (
    <div className={styles["late"]}>
      <p className="unseen" role="status">
        {label}
      </p>
      <div className={styles["head"]} aria-hidden="true" data-skeleton>
        <div className={styles["top"]}>
          <span className={styles["circle"]} />
          <div className={styles["who"]}>
            <span className={styles["bar"]} data-width="name" />
            <span className={styles["bar"]} data-width="handle" />
          </div>
        </div>
        <span className={styles["bar"]} data-width="line" />
        <span className={styles["bar"]} data-width="handle" />
        <span className={styles["button"]} />
      </div>
    </div>
  );
}
