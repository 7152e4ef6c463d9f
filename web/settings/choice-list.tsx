import { useId, type ReactNode } from "react";
import styles from "./choice-list.module.css";

interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
  /** Of the label, where it is not the page's. */
  readonly lang?: string;
  readonly note?: string;
}

/** One of a few, each to be seen and pressed whole. */
export function ChoiceList<T extends string>(props: {
  readonly legend: string;
  readonly choices: readonly Choice<T>[];
  readonly value: T;
  readonly onChoose: (value: T) => void;
  readonly children?: ReactNode;
}) {
  const { legend, choices, value, onChoose, children } = props;
  const name = useId();
  return (
    <fieldset className={styles["list"]}>
      <legend className={styles["legend"]}>{legend}</legend>
      {choices.map((choice) => (
        <label key={choice.value} className={styles["choice"]}>
          <input
            type="radio"
            name={name}
            className={styles["radio"]}
            value={choice.value}
            checked={choice.value === value}
            onChange={() => {
              onChoose(choice.value);
            }}
          />
          <span className={styles["words"]}>
            <span lang={choice.lang}>{choice.label}</span>
            {choice.note === undefined ? null : (
              <span className={styles["note"]}>{choice.note}</span>
            )}
          </span>
        </label>
      ))}
      {children}
    </fieldset>
  );
}
