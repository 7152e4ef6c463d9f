import { useState } from "react";

/** When what is wrong with a field is said: not while it is typed for the first time. */
export interface CheckedField<F> {
  readonly fault: F | null;
  readonly onBlur: () => void;
}

/** `isAsked`: the form was sent, so that everything that is wrong is said. */
export function useField<F>(text: string, faultNow: F | null, isAsked: boolean): CheckedField<F> {
  const [wasLeft, setWasLeft] = useState(false);
  return {
    fault: wasLeft || isAsked ? faultNow : null,
    onBlur() {
      if (text !== "") {
        setWasLeft(true);
      }
    },
  };
}

/** The first field of a form that has something wrong with it takes the focus. */
export function focusFirstFault(form: HTMLFormElement): void {
  requestAnimationFrame(() => {
    form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  });
}
