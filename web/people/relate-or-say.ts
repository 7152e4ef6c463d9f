import { say } from "../app/notices.ts";
import { isSignedOut } from "../data/client.ts";
import { relate, type RelationAction } from "../data/people.ts";
import { currentText } from "../language/language.ts";
import { refusalWords } from "./refusals.ts";

/** Changes how the reader stands to someone, at once; says so when it had to be taken back. */
export async function relateOrSay(
  known: Parameters<typeof relate>[0],
  action: RelationAction,
): Promise<void> {
  try {
    await relate(known, action);
  } catch (error) {
    if (!isSignedOut(error)) {
      say(currentText()(refusalWords(error)), { isProblem: true });
    }
  }
}
