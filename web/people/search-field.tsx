import type { KeyboardEventHandler, Ref } from "react";
import { Icon } from "../design/icons.tsx";
import { useText } from "../language/language.ts";
import styles from "./search-field.module.css";

/** Longer than any name. */
const lengthMax = 100;

export function SearchField(props: {
  readonly ref: Ref<HTMLInputElement>;
  readonly value: string;
  readonly isBusy: boolean;
  readonly onChange: (value: string) => void;
  readonly onKeyDown: KeyboardEventHandler;
  readonly onSubmit: () => void;
  readonly onClear: () => void;
}) {
  const { ref, value, isBusy, onChange, onKeyDown, onSubmit, onClear } = props;
  const t = useText();
  return (
    <form
      role="search"
      className={styles["form"]}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <div className={styles["field"]}>
        <Icon name="search" size={20} />
        <input
          ref={ref}
          type="search"
          className={styles["input"]}
          data-search
          aria-label={t("people.search.label")}
          placeholder={t("people.search.hint")}
          aria-busy={isBusy}
          autoComplete="off"
          autoCapitalize="none"
          autoCorrect="off"
          spellCheck={false}
          enterKeyHint="search"
          maxLength={lengthMax}
          value={value}
          onChange={({ target }) => {
            onChange(target.value);
          }}
          onKeyDown={onKeyDown}
        />
        {value === "" ? null : (
          <button
            type="button"
            className={styles["clear"]}
            aria-label={t("people.search.clear")}
            onClick={onClear}
          >
            <Icon name="close" size={16} />
          </button>
        )}
      </div>
    </form>
  );
}
