import { paths } from "../app/paths.ts";
import { api, isSignedOut } from "../data/client.ts";
import { leaveBy } from "../data/session.ts";

/** Signs out in this browser, or wherever this person is signed in. */
export function signOut(where: "here" | "everywhere"): Promise<void> {
  const call = (): Promise<unknown> =>
    where === "here" ? api.DELETE("/v1/sessions/current") : api.DELETE("/v1/sessions");
  return leaveBy(() => call().catch(unlessSignedOut), paths.signIn, "left");
}

/** Whose session is over already is where they wanted to be. */
function unlessSignedOut(error: unknown): void {
  if (!isSignedOut(error)) {
    throw error;
  }
}
