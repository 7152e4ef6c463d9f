import { Link } from "wouter";
import { paths } from "../app/paths.ts";
import type { Reason } from "../data/story-list.ts";
import { Icon } from "../design/icons.tsx";
import { useText } from "../language/language.ts";
import styles from "./reason-line.module.css";

/** Why a story is here: who reshared it. */
export function ReasonLine({ reason }: { readonly reason: Reason }) {
  const t = useText();
  const [first] = reason.by;
  if (first === undefined) {
    return null;
  }
  const others = reason.byCount - 1;
  return (
    <p className={styles["reason"]}>
      <Icon name="reshare" size={16} />
      <Link href={paths.profile(first.handle)} className={styles["name"]}>
        {others > 0
          ? t("story.resharedByMany", { name: first.name, count: others })
          : t("story.resharedBy", { name: first.name })}
      </Link>
    </p>
  );
}
