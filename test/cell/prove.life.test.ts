import fc from "fast-check";
import { expect, it } from "vitest";
import { printedSeed } from "../support/seed.ts";
import { reactionKinds, relationKinds, type Command } from "./history.ts";
import { prove } from "./prove.ts";
import { ann, befriend, bob, bounds, cyd, people } from "./scene.ts";
import { createVillage, type Village, type WriteHow } from "./village.ts";

/** People do anything in any order, and some never hear what came of it. */

let texts = 0;
const visibilities = ["public", "friends", "self"] as const;
const fates: readonly NonNullable<WriteHow["fate"]>[] = [
  ...Array.from({ length: 12 }, () => "answered" as const),
  "lost",
  "nothing",
  "repeated",
];

/** What one step of a life asks for; null where it reads. */
function commandOf(village: Village, draws: readonly number[]): Command | null {
  const [which = 0, what = 0, whom = 0] = draws;
  const pick = <T>(list: readonly T[], n: number): T | undefined => list[n % list.length];
  const storyId = pick(village.storyIds(), what);
  const otherId = people[whom % people.length]!;
  texts += 1;
  if (which < 3) {
    return { kind: "publish", text: `text ${texts}`, visibility: visibilities[what % 3]! };
  }
  if (which < 7) return { kind: relationKinds[what % relationKinds.length]!, otherId };
  if (storyId === undefined) return null;
  if (which === 7) return { kind: "comment", storyId, text: `text ${texts}` };
  if (which === 8) return { kind: reactionKinds[whom % reactionKinds.length]!, storyId };
  const commentId = pick(village.commentIds(), whom);
  if (which === 9 && commentId !== undefined) return { kind: "delete-comment", commentId };
  if (which === 10) return { kind: "show-to", storyId, visibility: visibilities[whom % 3]! };
  return which === 11 ? { kind: "delete-story", storyId } : null;
}

/** Only an author changes a story. */
function actorOf(village: Village, command: Command, drawn: string): string {
  if (command.kind !== "show-to" && command.kind !== "delete-story") return drawn;
  return village.authorOf(command.storyId) ?? drawn;
}

function live(steps: readonly (readonly number[])[]): Village {
  const village = createVillage(people);
  befriend(village, ann, bob);
  village.listen(bob);
  village.listen(cyd);
  for (const [who = 0, how = 0, ...draws] of steps) {
    const by = people[who % people.length]!;
    const command = commandOf(village, draws);
    const storyId = village.storyIds()[(draws[1] ?? 0) % Math.max(1, village.storyIds().length)];
    if (command !== null) {
      if ("otherId" in command && command.otherId === by) continue;
      village.write(actorOf(village, command, by), command, { fate: fates[how % fates.length]! });
    } else if (how % 2 === 0 || storyId === undefined) {
      village.scroll(by, 1 + (how % 3), 1 + (how % 5));
    } else {
      village.look(by, storyId, how % 4 === 1 ? "story" : "comments");
    }
  }
  return village;
}

it("a history that keeps every promise passes, whatever people do and whichever answers get lost", () => {
  const step = fc.array(fc.nat(29), { minLength: 5, maxLength: 5 });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const village = live(steps);
      const { findings } = prove(village.history, village.final(), bounds);
      expect(findings).toEqual([]);
    }),
    { seed: printedSeed("prove"), numRuns: 100 },
  );
});
