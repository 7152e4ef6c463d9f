import { defineProblem, type Problem } from "../../kernel/problem.ts";
import type { GraphLimits } from "./rules.ts";

export const oneself = defineProblem({
  code: "graph.oneself",
  status: 400,
  title: "That is you: people relate to others.",
});

export const friendLimit = defineProblem({
  code: "graph.friend_limit",
  status: 409,
  title: "One of the two has as many friends as a person can have.",
});

export const requestLimit = defineProblem({
  code: "graph.request_limit",
  status: 409,
  title: "One of the two has as many open friend requests as a person can have.",
});

export const followLimit = defineProblem({
  code: "graph.follow_limit",
  status: 409,
  title: "You follow as many people as a person can follow.",
});

export const muteLimit = defineProblem({
  code: "graph.mute_limit",
  status: 409,
  title: "You mute as many people as a person can mute.",
});

export const blockLimit = defineProblem({
  code: "graph.block_limit",
  status: 409,
  title: "You block as many people as a person can block.",
});

const limitProblems = {
  friends: friendLimit,
  following: followLimit,
  requestsSent: requestLimit,
  requestsReceived: requestLimit,
  mutes: muteLimit,
  blocks: blockLimit,
} as const;

const entryNames: Readonly<Record<keyof GraphLimits, string>> = {
  friends: "friends",
  following: "follows",
  requestsSent: "open requests sent",
  requestsReceived: "open requests received",
  mutes: "mutes",
  blocks: "blocks",
};

/** The refusal of a change for which a list has no room, saying whose list it is. */
export function listFull(list: keyof GraphLimits, whose: "yours" | "theirs", max: number): Problem {
  const owner = whose === "yours" ? "You have" : "The other person has";
  return limitProblems[list]({
    detail: `${owner} ${max} ${entryNames[list]}, the most there can be.`,
  });
}
