import styles from "./skeleton.module.css";

/** Lines in the shape of a story, shown when the wait is long enough to be noticed. */
export function StorySkeleton() {
  return (
    <div className={styles["story"]} aria-hidden="true" data-skeleton>
      <span className={styles["circle"]} />
      <span className={styles["lines"]}>
        <span className={styles["short"]} />
        <span className={styles["line"]} />
        <span className={styles["line"]} />
        <span className={styles["half"]} />
      </span>
    </div>
  );
}

/** Lines in the shape of a person in a list. */
export function PersonSkeleton() {
  return (
    <div className={styles["story"]} aria-hidden="true" data-skeleton>
      <span className={styles["circle"]} />
      <span className={styles["lines"]}>
        <span className={styles["short"]} />
        <span className={styles["half"]} />
      </span>
    </div>
  );
}

export function Skeletons(props: {
  readonly of: "story" | "person";
  readonly count: number;
  readonly label: string;
}) {
  const Shape = props.of === "story" ? StorySkeleton : PersonSkeleton;
  return (
    <div className={styles["late"]}>
      <p className="unseen" role="status">
        {props.label}
      </p>
      {Array.from({ length: props.count }, (_, i) => (
        <Shape key={i} />
      ))}
    </div>
  );
}
