import { useEffect, useRef } from "react";
import { Button } from "../design/button.tsx";
import { useText } from "../language/language.ts";
import { useConnection } from "./connection.ts";
import { compareBuilds, useIsOld } from "./version.ts";
import { createVersionChecks, type VersionChecks } from "./version-checks.ts";
import styles from "./version-bar.module.css";

/** Says that there is a newer build, and never loads it by itself: someone may be writing. */
export function VersionBar() {
  const t = useText();
  const isOld = useIsOld();
  useVersionChecks();
  return (
    <div role="status">
      {isOld ? (
        <div className={styles["bar"]}>
          <p>{t("version.newer")}</p>
          <Button
            look="primary"
            size="s"
            onClick={() => {
              location.reload();
            }}
          >
            {t("version.reload")}
          </Button>
        </div>
      ) : null}
    </div>
  );
}

function useVersionChecks(): void {
  const checks = useRef<VersionChecks | null>(null);
  const connection = useConnection();
  const wasLost = useRef(false);
  useEffect(() => {
    const started = createVersionChecks({
      ask: () => void compareBuilds(),
      nowMs: () => performance.now(),
      chance: Math.random,
    });
    checks.current = started;
    const looked = (): void => {
      if (document.visibilityState === "visible") {
        started.becameVisible();
      }
    };
    document.addEventListener("visibilitychange", looked);
    return () => {
      document.removeEventListener("visibilitychange", looked);
      started.stop();
    };
  }, []);
  useEffect(() => {
    if (connection === "fine" && wasLost.current) {
      checks.current?.connectionOpened();
    }
    wasLost.current = connection !== "fine";
  }, [connection]);
}
