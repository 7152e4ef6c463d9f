import type { ReactNode } from "react";
import { Link } from "wouter";
import { paths } from "../app/paths.ts";
import type { Person } from "../data/client.ts";
import { Avatar } from "../design/avatar.tsx";
import { languageOf } from "../language/language-of.ts";
import styles from "./person-row.module.css";

/** A person in a list: who it is, and at the end what can be done. */
export function PersonRow(props: { readonly person: Person; readonly children?: ReactNode }) {
  const { person, children } = props;
  const { name, handle, bio } = person;
  return (
    <li className={styles["row"]}>
      <Link href={paths.profile(handle)} className={styles["person"]} data-person={handle}>
        <Avatar account={person} />
        <span className={styles["words"]}>
          <span className={styles["name"]} dir="auto" lang={languageOf(name)}>
            {name}
          </span>
          <span className={styles["about"]}>
            <span className={styles["handle"]}>@{handle}</span>
            {bio === "" ? null : (
              <>
                {" "}
                <span className={styles["bio"]} dir="auto" lang={languageOf(bio)}>
                  {bio}
                </span>
              </>
            )}
          </span>
        </span>
      </Link>
      {children}
    </li>
  );
}
