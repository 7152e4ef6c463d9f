import { useState } from "react";
import { say } from "../app/notices.ts";
import { useSignedIn } from "../data/session.ts";
import { Button } from "../design/button.tsx";
import { Icon } from "../design/icons.tsx";
import { Skeletons } from "../design/skeleton.tsx";
import { dateOf } from "../language/format.ts";
import { currentText, useLocale, useText } from "../language/language.ts";
import { ConfirmDialog } from "../people/confirm-dialog.tsx";
import { deviceOf } from "./device-words.ts";
import { signOut } from "./sign-out.ts";
import { endSession, useSessions, type Session } from "./use-sessions.ts";
import styles from "./sessions-section.module.css";
import settings from "./settings.module.css";

const skeletonCount = 3;

export function SessionsSection() {
  const t = useText();
  const sessions = useSessions();
  const items = sessions.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <p className={settings["text"]}>{t("settings.sessions.text")}</p>
      {sessions.isPending ? (
        <Skeletons of="person" count={skeletonCount} label={t("app.loading")} />
      ) : null}
      {sessions.isError && items.length === 0 ? (
        <div role="alert" className={settings["actions"]}>
          <p>{t("list.failed")}</p>
          <Button onClick={() => void sessions.refetch()}>{t("app.retry")}</Button>
        </div>
      ) : null}
      <ul className={styles["list"]}>
        {items.map((session) => (
          <SessionRow key={session.id} session={session} />
        ))}
      </ul>
      <div className={settings["actions"]}>
        {sessions.hasNextPage ? (
          <Button busy={sessions.isFetchingNextPage} onClick={() => void sessions.fetchNextPage()}>
            {t("settings.sessions.more")}
          </Button>
        ) : null}
        <EverywhereButton />
      </div>
    </>
  );
}

function SessionRow({ session }: { readonly session: Session }) {
  const t = useText();
  const locale = useLocale();
  const { timeZone } = useSignedIn();
  const device = useDeviceWords(session.userAgent);
  return (
    <li className={styles["row"]}>
      <Icon name="device" />
      <div className={styles["words"]}>
        <p className={styles["device"]}>{device}</p>
        <p className={styles["times"]}>
          {t("settings.sessions.since", { time: dateOf(session.createdAt, locale, timeZone) })}
        </p>
        <p className={styles["times"]} data-current={session.current || undefined}>
          {session.current
            ? t("settings.sessions.current")
            : t("settings.sessions.used", { time: dateOf(session.lastUsedAt, locale, timeZone) })}
        </p>
      </div>
      {session.current ? null : (
        <Button
          size="s"
          aria-label={t("settings.sessions.endOf", { device })}
          onClick={() => void endSession(session.id)}
        >
          {t("settings.sessions.end")}
        </Button>
      )}
    </li>
  );
}

function useDeviceWords(userAgent: string): string {
  const t = useText();
  const { browser, system } = deviceOf(userAgent);
  if (browser !== null && system !== null) {
    return t("settings.sessions.device", { browser, system });
  }
  return browser ?? system ?? t("settings.sessions.unknown");
}

function EverywhereButton() {
  const t = useText();
  const [isAsking, setIsAsking] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  return (
    <>
      <Button
        look="danger"
        busy={isBusy}
        onClick={() => {
          setIsAsking(true);
        }}
      >
        {t("settings.signOut.everywhere")}
      </Button>
      {isAsking ? (
        <ConfirmDialog
          title={t("settings.signOut.everywhere")}
          text={t("settings.signOut.ask")}
          confirm={t("settings.signOut.everywhere")}
          onClose={() => {
            setIsAsking(false);
          }}
          onConfirm={() => {
            setIsBusy(true);
            void signOut("everywhere").catch(() => {
              setIsBusy(false);
              say(currentText()("settings.signOut.failed"), { isProblem: true });
            });
          }}
        />
      ) : null}
    </>
  );
}
