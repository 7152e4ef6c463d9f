import { Link } from "wouter";
import type { Person } from "../data/client.ts";
import { useText } from "../language/language.ts";
import { OwnRow } from "../people/own-row.tsx";
import { PersonRow } from "../people/person-row.tsx";
import { useSteady } from "../people/use-people.ts";
import { paths } from "./paths.ts";
import styles from "./side.module.css";

const shownMax = 3;
const receivedPath = `${paths.friends}/received`;

/** Beside the content on a wide screen: who waits for an answer, and where the reference is. */
export function Side({ received }: { readonly received: readonly Person[] }) {
  const t = useText();
  const { people, acted, act } = useSteady(received);
  return (
    <aside className={styles["side"]} aria-label={t("app.side.label")}>
      {people.length === 0 ? null : (
        <section className={styles["card"]}>
          <h2 className={styles["title"]}>{t("app.side.requests")}</h2>
          <ul>
            {people.slice(0, shownMax).map((person) => (
              <PersonRow key={person.id} person={person}>
                <OwnRow
                  list="received"
                  person={person}
                  isActedOn={acted.has(person.id)}
                  onAct={act}
                />
              </PersonRow>
            ))}
          </ul>
          {people.length > shownMax ? (
            <Link href={receivedPath} className={styles["all"]}>
              {t("app.side.all")}
            </Link>
          ) : null}
        </section>
      )}
      <footer className={styles["footer"]}>
        <a href="/docs" className={styles["link"]}>
          {t("app.side.reference")}
        </a>
      </footer>
    </aside>
  );
}
