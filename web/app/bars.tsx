import { useEffect, useLayoutEffect, useRef } from "react";
import { Icon } from "../design/icons.tsx";
import { useText } from "../language/language.ts";
import { useConnection } from "./connection.ts";
import { VersionBar } from "./version-bar.tsx";
import styles from "./bars.module.css";

/**
 * What is to be known about the page as a whole. The bars lie below the content, at the foot of the
 * screen, so that nothing moves when one comes or goes. `isAtEdge`: there is no menu below them.
 */
export function Bars({ isAtEdge = false }: { readonly isAtEdge?: boolean }) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) {
      return;
    }
    // What else stands at the foot of the screen makes room.
    const observer = new ResizeObserver(() => {
      document.documentElement.style.setProperty("--bars", `${element.offsetHeight}px`);
    });
    observer.observe(element);
    return () => {
      observer.disconnect();
      document.documentElement.style.removeProperty("--bars");
    };
  }, []);
  return (
    <div ref={ref} className={styles["bars"]} data-edge={isAtEdge || undefined}>
      <VersionBar />
      <ConnectionBar />
    </div>
  );
}

function ConnectionBar() {
  const t = useText();
  const connection = useConnection();
  useEffect(() => {
    document.documentElement.dataset["connection"] = connection;
  }, [connection]);
  return (
    <div role="status">
      {connection === "fine" ? null : (
        <p className={styles["bar"]}>
          <Icon name="offline" size={20} />
          {t(connection === "offline" ? "app.offline" : "app.lost")}
        </p>
      )}
    </div>
  );
}
