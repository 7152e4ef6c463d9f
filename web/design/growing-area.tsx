import { useLayoutEffect, useRef, type ComponentProps, type RefObject } from "react";
import { classNames } from "./class-names.ts";
import styles from "./growing-area.module.css";

type GrowingAreaProps = Omit<ComponentProps<"textarea">, "ref" | "autoFocus"> & {
  readonly ref?: RefObject<HTMLTextAreaElement | null> | undefined;
  readonly value: string;
  /** Has the focus at once, also in a dialog that opens with it. */
  readonly takesFocus?: boolean;
};

const growsByItself = "CSS" in globalThis && CSS.supports("field-sizing", "content");

/** A field for text that is as high as what is in it, within what its style allows. */
export function GrowingArea(props: GrowingAreaProps) {
  const { ref: given, takesFocus = false, className, value, ...rest } = props;
  const own = useRef<HTMLTextAreaElement>(null);
  const ref = given ?? own;
  useLayoutEffect(() => {
    const area = ref.current;
    if (area !== null && !growsByItself) {
      area.style.height = "auto";
      area.style.height = `${area.scrollHeight}px`;
    }
  }, [ref, value]);
  useLayoutEffect(() => {
    const area = ref.current;
    if (area !== null && takesFocus) {
      // A dialog gives the focus to what asks for it by this attribute.
      area.setAttribute("autofocus", "");
      area.focus();
      area.setSelectionRange(area.value.length, area.value.length);
    }
  }, [ref, takesFocus]);
  return (
    <textarea
      {...rest}
      ref={ref}
      rows={1}
      dir="auto"
      value={value}
      className={classNames(styles["area"], className)}
    />
  );
}
