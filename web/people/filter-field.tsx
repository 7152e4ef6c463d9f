import { useRef } from "react";
import { useText } from "../language/language.ts";
import { SearchField } from "./search-field.tsx";

/** Narrows a list to those whose name fits. */
export function FilterField(props: {
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** How many fit, once all are known. */
  readonly found: number | null;
}) {
  const { value, onChange, found } = props;
  const t = useText();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <SearchField
        ref={input}
        label={t("people.filter.label")}
        placeholder={t("people.filter.label")}
        value={value}
        onChange={onChange}
        onClear={() => {
          onChange("");
          input.current?.focus();
        }}
      />
      <p role="status" className="unseen">
        {found === null ? "" : t("people.found", { count: found })}
      </p>
    </>
  );
}
