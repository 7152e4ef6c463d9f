import { leaveBy } from "../data/session.ts";
import { useAttempt, type AttemptOf } from "../data/use-attempt.ts";
import type { Send } from "../data/persist.ts";
import { wayOn } from "./way-on.ts";

/** Signs in or up by `send`; once the server has let the person in, the page begins anew. */
export function useEntering(): AttemptOf<unknown> & {
  readonly enter: (send: Send<unknown>, done?: () => void) => Promise<void>;
} {
  const attempt = useAttempt<unknown>();
  return {
    ...attempt,
    async enter(send, done) {
      const answer = await attempt.run(send);
      if (answer !== undefined) {
        done?.();
        await leaveBy(() => Promise.resolve(), wayOn(location));
      }
    },
  };
}

/** Something is under way that leads in, so that the same again is not to be begun. */
export function isEntering({ state: { phase } }: Pick<AttemptOf<unknown>, "state">): boolean {
  return phase === "sending" || phase === "waiting" || phase === "done";
}
