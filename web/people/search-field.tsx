import type { KeyboardEventHandler, Ref } from "react";
import { Icon } from "../design/icons.tsx";
import { useText } from "../language/language.ts";
import styles from "./search-field.module.css";

interface SearchFieldProps {
  readonly ref?: Ref<HTMLInputElement>;
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly isBusy?: boolean;
  /** The field of the page for searching, to which a key leads. */
  readonly isMain?: boolean;
  readonly onChange: (value: string) => void;
  readonly onKeyDown?: KeyboardEventHandler;
  readonly onSubmit?: () => void;
  readonly onClear: () => void;
}

/** Longer than any name. */
const lengthMax = 100;

/** Where one types whom one looks for. */
export function SearchField(props: SearchFieldProps) {
  const { ref, label, placeholder, value, isBusy = false, isMain = false } = props;
  const { onChange, onKeyDown, onSubmit, onClear } = props;
  const t = useText();
  return (
    <form
      role="search"
      aria-label={label}
      className={styles["form"]}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit?.();
      }}
    >
      <div className={styles["field"]}>
        <Icon name="search" size={20} />
        <input
          ref={ref}
          type="search"
          className={styles["input"]}
          data-search={isMain || undefined}
          aria-label={label}
          placeholder={placeholder}
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
