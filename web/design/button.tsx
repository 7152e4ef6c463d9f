import type { ComponentProps } from "react";
import { classNames } from "./class-names.ts";
import styles from "./button.module.css";

interface ButtonProps extends ComponentProps<"button"> {
  /** `primary`: the one thing to do here; `danger`: what cannot be taken back. */
  readonly look?: "primary" | "plain" | "quiet" | "danger";
  readonly size?: "m" | "s";
  /** Under way: keeps its place and its name, cannot be pressed again. */
  readonly busy?: boolean;
}

export function Button({
  look = "plain",
  size = "m",
  busy = false,
  type = "button",
  className,
  children,
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      className={classNames(styles["button"], styles[look], styles[size], className)}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      onClick={busy ? (event) => event.preventDefault() : onClick}
    >
      {children}
    </button>
  );
}
