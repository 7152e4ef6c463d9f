import { useEffect, useRef, useState, type ReactNode, type RefObject } from "react";
import type { Person, Relationship } from "../data/client.ts";
import type { RelationAction } from "../data/people.ts";
import { useText } from "../language/language.ts";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { relateOrSay } from "./relate-or-say.ts";

export interface Relating {
  readonly person: Person;
  readonly relationship: Relationship;
  /** Told of each action when it begins. */
  readonly onAct?: ((id: string) => void) | undefined;
}

type Weighty = "unfriend" | "block";

/** What can be done between the reader and a person; what weighs much is asked about first. */
export function useRelation({ person, relationship, onAct }: Relating): {
  readonly act: (action: RelationAction) => void;
  readonly ask: (action: Weighty) => void;
  /** The dialog that asks, while it is open. */
  readonly question: ReactNode;
  /** What holds the buttons: it takes the focus when the pressed button is no longer there. */
  readonly ref: RefObject<HTMLDivElement | null>;
} {
  const t = useText();
  const [asked, setAsked] = useState<Weighty | null>(null);
  const ref = useRef<HTMLDivElement>(null);
  const hasActed = useRef(false);
  const { friend, blocked } = relationship;
  useEffect(() => {
    if (hasActed.current && document.activeElement === document.body) {
      ref.current?.focus({ preventScroll: true });
    }
  }, [friend, blocked]);

  function act(action: RelationAction): void {
    hasActed.current = true;
    keepHeight(ref.current?.closest("li"));
    onAct?.(person.id);
    void relateOrSay({ account: person, relationship }, action);
  }

  const question =
    asked === null ? null : (
      <ConfirmDialog
        title={t(`people.confirm.${asked}.title`, { name: person.name })}
        text={t(`people.confirm.${asked}.text`)}
        confirm={t(`people.action.${asked}`)}
        onConfirm={() => {
          act(asked);
        }}
        onClose={() => {
          setAsked(null);
        }}
      />
    );
  return { act, ask: setAsked, question, ref };
}

/** What is below a row stays under the reader's hand, also where less is offered in the row from now on. */
function keepHeight(row: HTMLElement | null | undefined): void {
  if (row) {
    row.style.minHeight = `${row.getBoundingClientRect().height}px`;
    // On a screen of another width it may be another.
    const letGo = (): string => row.style.removeProperty("min-height");
    window.addEventListener("resize", letGo, { once: true });
  }
}
