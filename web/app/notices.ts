import { useSyncExternalStore } from "react";
import { createSignal } from "../data/signal.ts";

/** Short words at the edge of the page, about something that has just happened. */
export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly isProblem: boolean;
  /** What can be done about it while it is there. */
  readonly action?: { readonly label: string; readonly run: () => void };
}

const plainMs = 5_000;
const problemMs = 8_000;
const noticesMax = 3;

const changed = createSignal();
let notices: readonly Notice[] = [];
let lastId = 0;

export function say(
  text: string,
  options: { readonly isProblem?: boolean; readonly action?: Notice["action"] } = {},
): void {
  lastId += 1;
  const { isProblem = false, action } = options;
  const id = lastId;
  const notice: Notice = { id, text, isProblem, ...(action === undefined ? {} : { action }) };
  notices = [...notices.filter((other) => other.text !== text), notice].slice(-noticesMax);
  changed.tell();
  setTimeout(
    () => {
      dismiss(id);
    },
    isProblem ? problemMs : plainMs,
  );
}

export function dismiss(id: number): void {
  notices = notices.filter((notice) => notice.id !== id);
  changed.tell();
}

export function useNotices(): readonly Notice[] {
  return useSyncExternalStore(changed.listen, () => notices);
}
