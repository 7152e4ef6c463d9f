import { useState, type ComponentProps } from "react";
import { TextField } from "./field.tsx";
import { Icon } from "./icons.tsx";
import styles from "./field.module.css";

interface PasswordFieldProps extends Omit<ComponentProps<typeof TextField>, "type" | "children"> {
  readonly autoComplete: "current-password" | "new-password";
  /** The name of the button that shows what is typed. */
  readonly showLabel: string;
}

/** A password, which can be looked at while it is typed. */
export function PasswordField({ showLabel, ...field }: PasswordFieldProps) {
  const [isShown, setIsShown] = useState(false);
  return (
    <TextField
      {...field}
      type={isShown ? "text" : "password"}
      autoCapitalize="none"
      autoCorrect="off"
      spellCheck={false}
    >
      <button
        type="button"
        className={styles["inside"]}
        aria-label={showLabel}
        aria-pressed={isShown}
        onClick={() => {
          setIsShown(!isShown);
        }}
      >
        <Icon name={isShown ? "eyeOff" : "eye"} size={20} />
      </button>
    </TextField>
  );
}
