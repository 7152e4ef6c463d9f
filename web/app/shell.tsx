import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { useQuery } from "@tanstack/react-query";
import { Avatar } from "../design/avatar.tsx";
import { Icon, type IconName } from "../design/icons.tsx";
import { useText } from "../language/language.ts";
import { keys } from "../data/queries.ts";
import { readReceived } from "../people/requests.ts";
import type { Person } from "../data/client.ts";
import type { Me } from "../data/session.ts";
import { openComposer } from "../compose/open-composer.ts";
import { Bars } from "./bars.tsx";
import { paths } from "./paths.ts";
import { useShortcuts } from "./shortcuts.ts";
import { openShortcutsHelp, ShortcutsHelp } from "./shortcuts-help.tsx";
import { Side } from "./side.tsx";
import styles from "./shell.module.css";

const noPeople: readonly Person[] = [];

interface Place {
  readonly to: string;
  readonly icon: IconName;
  readonly label: string;
  readonly badge?: number;
}

/** The frame around every page: where one can go, and whether all is well with the connection. */
export function Shell({ me, children }: { readonly me: Me; readonly children: ReactNode }) {
  const t = useText();
  const received = useQuery({ queryKey: keys.requests("received"), queryFn: readReceived });
  const waiting = received.data?.length ?? 0;
  useShortcuts();
  const places: readonly Place[] = [
    { to: paths.feed, icon: "home", label: t("app.nav.feed") },
    { to: paths.search, icon: "search", label: t("app.nav.search") },
    { to: paths.friends, icon: "people", label: t("app.nav.friends"), badge: waiting },
    { to: paths.settings, icon: "gear", label: t("app.nav.settings") },
  ];
  const [feedPlace, searchPlace, friendsPlace, settingsPlace] = places;
  return (
    <div className={styles["shell"]}>
      <a className={styles["skip"]} href="#content">
        {t("app.skip")}
      </a>
      <nav className={styles["nav"]} aria-label={t("app.nav.label")}>
        <Link href={paths.feed} className={styles["logo"]} aria-label={t("app.home")}>
          <img src="/icons/maru.svg" alt="" width={32} height={32} />
          <span className={styles["word"]}>{t("app.name")}</span>
        </Link>
        <PlaceLink place={feedPlace} />
        <PlaceLink place={searchPlace} />
        <button type="button" className={styles["write"]} onClick={openComposer}>
          <Icon name="write" />
          <span className={styles["label"]}>{t("app.nav.write")}</span>
        </button>
        <PlaceLink place={friendsPlace} />
        <PlaceLink place={settingsPlace} isWideOnly />
        <OwnLink me={me} />
        <button type="button" className={styles["keys"]} onClick={openShortcutsHelp}>
          <span className={styles["icon"]}>
            <Icon name="keyboard" />
          </span>
          <span className={styles["label"]}>{t("app.nav.keys")}</span>
        </button>
      </nav>
      <div className={styles["middle"]}>
        <main id="content" className={styles["main"]} tabIndex={-1}>
          {children}
        </main>
        <Bars />
      </div>
      <Side received={received.data ?? noPeople} />
      <ShortcutsHelp />
    </div>
  );
}

function PlaceLink({
  place,
  isWideOnly = false,
}: {
  place: Place | undefined;
  isWideOnly?: boolean;
}) {
  const t = useText();
  const [path] = useLocation();
  if (place === undefined) {
    return null;
  }
  const { to, icon, label, badge = 0 } = place;
  const isHere = to === paths.feed ? path === to : path.startsWith(to);
  return (
    <Link
      href={to}
      className={styles["place"]}
      data-wide={isWideOnly || undefined}
      aria-current={isHere ? "page" : undefined}
      onClick={() => {
        if (isHere) {
          globalThis.scrollTo({ top: 0 });
        }
      }}
    >
      <span className={styles["icon"]}>
        <Icon name={icon} />
        {badge > 0 ? (
          <span className={styles["badge"]} aria-hidden="true">
            {badge}
          </span>
        ) : null}
      </span>
      <span className={styles["label"]}>
        {label}
        {badge > 0 ? (
          <span className="unseen">{t("app.nav.waiting", { count: badge })}</span>
        ) : null}
      </span>
    </Link>
  );
}

function OwnLink({ me }: { readonly me: Me }) {
  const t = useText();
  const [path] = useLocation();
  const to = paths.profile(me.handle);
  return (
    <Link
      href={to}
      className={styles["place"]}
      data-own
      aria-current={path === to ? "page" : undefined}
    >
      <span className={styles["icon"]}>
        <Avatar account={me} size={28} />
      </span>
      <span className={styles["label"]}>{t("app.nav.me")}</span>
    </Link>
  );
}
