import { useCallback, useState } from "react";
import { ofThisTab } from "./memory.ts";

/**
 * What is being typed, kept through a reload of the page under a name. Passwords are not for this.
 * Forms of someone who is signed in put the account's id into the name.
 */
export function useTyped(name: string, initial: string): Typed {
  const key = `maru.typed.${name}`;
  const [text, setText] = useState<string | null>(() => ofThisTab.read(key));
  const change = useCallback(
    (next: string) => {
      setText(next);
      ofThisTab.write(key, next);
    },
    [key],
  );
  const forget = useCallback(() => {
    setText(null);
    ofThisTab.remove(key);
  }, [key]);
  return { text: text ?? initial, isChanged: text !== null && text !== initial, change, forget };
}

export interface Typed {
  readonly text: string;
  readonly isChanged: boolean;
  readonly change: (text: string) => void;
  /** It has been sent: from now on what is initial shows. */
  readonly forget: () => void;
}
