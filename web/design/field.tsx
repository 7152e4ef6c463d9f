import { useId, type ComponentProps, type ReactNode } from "react";
import { classNames } from "./class-names.ts";
import styles from "./field.module.css";

interface Around {
  readonly label: string;
  /** What is expected, under the field. */
  readonly hint?: string | undefined;
  /** What is wrong with it, said in place of the hint. */
  readonly error?: string | null | undefined;
}

/** `children`: what stands in the field, at its end, such as a button. */
type TextFieldProps = Around & Omit<ComponentProps<"input">, "id">;
type TextAreaFieldProps = Around & Omit<ComponentProps<"textarea">, "id">;
type SelectFieldProps = Around & Omit<ComponentProps<"select">, "id">;

/** Ids and descriptions that tie label, hint and error to what is typed. */
function useTies({ hint, error }: Pick<Around, "hint" | "error">) {
  const id = useId();
  const noteId = `${id}-note`;
  const hasNote = Boolean(error) || Boolean(hint);
  return {
    noteId,
    input: {
      id,
      "aria-invalid": error ? true : undefined,
      "aria-describedby": hasNote ? noteId : undefined,
    },
  };
}

function Frame(props: Around & { id: string; noteId: string; children: ReactNode }) {
  const { label, hint, error, id, noteId, children } = props;
  return (
    <div className={styles["field"]}>
      <label className={styles["label"]} htmlFor={id}>
        {label}
      </label>
      {children}
      {(error ?? hint) ? (
        <p
          id={noteId}
          className={error ? styles["error"] : styles["hint"]}
          role={error ? "alert" : undefined}
        >
          {error ?? hint}
        </p>
      ) : null}
    </div>
  );
}

export function TextField({ label, hint, error, className, children, ...input }: TextFieldProps) {
  const ties = useTies({ hint, error });
  const element = (
    <input {...input} {...ties.input} className={classNames(styles["input"], className)} />
  );
  return (
    <Frame label={label} hint={hint} error={error} id={ties.input.id} noteId={ties.noteId}>
      {children === undefined ? (
        element
      ) : (
        <span className={styles["box"]}>
          {element}
          {children}
        </span>
      )}
    </Frame>
  );
}

export function TextAreaField({ label, hint, error, className, ...input }: TextAreaFieldProps) {
  const ties = useTies({ hint, error });
  return (
    <Frame label={label} hint={hint} error={error} id={ties.input.id} noteId={ties.noteId}>
      <textarea
        {...input}
        {...ties.input}
        className={classNames(styles["input"], styles["area"], className)}
      />
    </Frame>
  );
}

export function SelectField({
  label,
  hint,
  error,
  className,
  children,
  ...input
}: SelectFieldProps) {
  const ties = useTies({ hint, error });
  return (
    <Frame label={label} hint={hint} error={error} id={ties.input.id} noteId={ties.noteId}>
      <select {...input} {...ties.input} className={classNames(styles["input"], className)}>
        {children}
      </select>
    </Frame>
  );
}
