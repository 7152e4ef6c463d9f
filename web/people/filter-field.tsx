import { TextField } from "../design/field.tsx";
import { useText } from "../language/language.ts";
import styles from "./filter-field.module.css";

/** Narrows a list to those whose name fits. */
export function FilterField(props: {
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** How many fit, once all are known. */
  readonly found: number | null;
}) {
  const { value, onChange, found } = props;
  const t = useText();
  return (
    <div className={styles["filter"]}>
      <TextField
        label={t("people.filter.label")}
        type="search"
        autoComplete="off"
        value={value}
        onChange={({ target }) => {
          onChange(target.value);
        }}
      />
      <p role="status" className="unseen">
        {found === null ? "" : t("people.found", { count: found })}
      </p>
    </div>
  );
}
