import { setTimeout as wait } from "node:timers/promises";
import { openCommunity, type Community, type SignIn } from "../demo/community.ts";
import type { Progress } from "../demo/fill.ts";
import { formatCount } from "./import-tally.ts";
import type { Terminal } from "./command.ts";

/** How `serve --demo` looks in a terminal. */

/** Of equal width in a terminal, where an ideograph takes two columns. */
const languages: Readonly<Record<SignIn["locale"], string>> = {
  ko: "한국어 ",
  ja: "日本語 ",
  en: "English",
};

const seeds = 2 ** 32;

export function openDemo(terminal: Terminal): Promise<Community> {
  return openCommunity({
    seed: Math.floor(Math.random() * seeds),
    sleep: (ms, signal) => wait(ms, undefined, { signal }).catch(() => undefined),
    onProgress: showProgress(terminal),
  });
}

/** A line that grows where somebody looks, and a line at each end where it goes to a file. */
function showProgress(terminal: Terminal): (progress: Progress) => void {
  return ({ people, stories, storiesTotal }) => {
    const isDone = stories === storiesTotal;
    const line = `Making the sample community: ${formatCount(people)} people, ${formatCount(stories)} of ${formatCount(storiesTotal)} stories`;
    if (terminal.isInteractive) {
      terminal.replace(isDone ? `${line}\n` : line);
    } else if (isDone || stories === 0) {
      terminal.print(line);
    }
  };
}

/** What a person who has just started the demo needs to know. */
export function demoLines(signIns: readonly SignIn[], dataDir: string): readonly string[] {
  const [{ password } = { password: "" }] = signIns;
  return [
    "A sample community lives here. Sign in as",
    ...signIns.map(({ handle, name, locale }) => `    @${handle}   ${languages[locale]}   ${name}`),
    `with the password  ${password}`,
    `What you write stays until you delete the folder ${dataDir}.`,
  ];
}
