import { useText } from "../language/language.ts";
import styles from "./length-left.module.css";

/** Said aloud when so many are left, not with every key. */
const milestones = [100, 50, 20, 10, 0];

/** How much fits yet, once the end is near. */
export function LengthLeft({ left }: { readonly left: number | null }) {
  const t = useText();
  if (left === null) {
    return <span role="status" />;
  }
  const isOver = left < 0;
  const words = isOver
    ? t("compose.tooMany", { count: -left })
    : t("compose.left", { count: left });
  const milestone = milestones.find((some) => left >= some);
  return (
    <span className={styles["left"]} data-over={isOver || undefined}>
      <span aria-hidden={isOver ? undefined : true}>{words}</span>
      <span className="unseen" role="status">
        {isOver || milestone === undefined ? "" : t("compose.left", { count: milestone })}
      </span>
    </span>
  );
}
