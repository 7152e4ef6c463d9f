import { expectStatus, type Person } from "../support/api-client.ts";
import { stranger, type Relation } from "./sight.ts";

/** Every way in which a viewer stands to an author, and how it comes about. */
export interface Case {
  readonly name: string;
  readonly relation: Relation;
  /** Who does what to whom, in this order: the viewer to the author, or the author to the viewer. */
  readonly steps: readonly Step[];
}

type Step =
  `${"viewer" | "author"} ${"asks" | "parts" | "follows" | "mutes" | "blocks" | "unblocks"}`;

const friendship = ["viewer asks", "author asks"] as const;
const everything = [...friendship, "viewer follows", "author follows"] as const;

function standing(name: string, relation: Partial<Relation>, steps: readonly Step[] = []): Case {
  return { name, relation: { ...stranger, ...relation }, steps };
}

export const cases: readonly Case[] = [
  standing("nobody is signed in", { viewer: "nobody" }),
  standing("oneself", { viewer: "author" }),
  standing("a stranger", {}),
  standing("who has asked the author", { friend: "requested" }, ["viewer asks"]),
  standing("whom the author has asked", { friend: "received" }, ["author asks"]),
  standing("a friend", { friend: "friends" }, friendship),
  standing("a follower", { following: true }, ["viewer follows"]),
  standing("whom the author follows", { followedBy: true }, ["author follows"]),
  standing("a friend who mutes", { friend: "friends", mutes: true }, [
    ...friendship,
    "viewer mutes",
  ]),
  standing("a follower who mutes", { following: true, mutes: true }, [
    "viewer follows",
    "viewer mutes",
  ]),
  standing("a friend whom the author mutes", { friend: "friends" }, [
    ...friendship,
    "author mutes",
  ]),
  standing("who blocks the author", { blocks: true }, [...everything, "viewer blocks"]),
  standing("whom the author blocks", { blockedBy: true }, [...everything, "author blocks"]),
  standing("each blocks the other", { blocks: true, blockedBy: true }, [
    ...everything,
    "author blocks",
    "viewer blocks",
  ]),
  standing("who was blocked and is not any more", {}, [
    ...everything,
    "author blocks",
    "author unblocks",
  ]),
  standing("a former friend", {}, [...friendship, "viewer parts"]),
  standing("a former friend who still follows", { following: true }, [
    ...friendship,
    "viewer follows",
    "author parts",
  ]),
  standing("a friend of someone who is gone", { friend: "none", authorIsGone: true }, everything),
  standing("a stranger to someone who is gone", { authorIsGone: true }),
];

const requests: Readonly<Record<string, readonly [method: string, noun: string]>> = {
  asks: ["PUT", "friends"],
  parts: ["DELETE", "friends"],
  follows: ["PUT", "follows"],
  mutes: ["PUT", "mutes"],
  blocks: ["PUT", "blocks"],
  unblocks: ["DELETE", "blocks"],
};

export async function relate(
  viewer: Person,
  author: Person,
  steps: readonly Step[],
): Promise<void> {
  for (const step of steps) {
    const [who = "", does = ""] = step.split(" ");
    const [actor, other] = who === "viewer" ? [viewer, author] : [author, viewer];
    const [method, noun] = requests[does]!;
    const status = does === "asks" ? 200 : 204;
    expectStatus(await actor.send(method, `/v1/${noun}/${other.id}`), status);
  }
}
