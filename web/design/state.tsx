import type { ReactNode } from "react";
import { Icon, type IconName } from "./icons.tsx";
import styles from "./state.module.css";

interface StateProps {
  readonly icon: IconName;
  readonly title: string;
  readonly text?: string | undefined;
  /** What can be done about it. */
  readonly children?: ReactNode;
  /** Said aloud at once: something went wrong. */
  readonly urgent?: boolean;
}

/** A whole part of a page that has nothing to show, and says what to do about it. */
export function State({ icon, title, text, children, urgent = false }: StateProps) {
  return (
    <div className={styles["state"]} role={urgent ? "alert" : undefined}>
      <span className={styles["icon"]}>
        <Icon name={icon} size={32} />
      </span>
      <h2 className={styles["title"]}>{title}</h2>
      {text === undefined ? null : <p className={styles["text"]}>{text}</p>}
      {children === undefined ? null : <div className={styles["actions"]}>{children}</div>}
    </div>
  );
}
