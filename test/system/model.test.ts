import { env } from "node:process";
import fc from "fast-check";
import { describe, it } from "vitest";
import { createCommunityModel } from "../support/community-model.ts";
import {
  startNodesOnOneRecord,
  startOneNode,
  type CommunityNodes,
} from "../support/community-nodes.ts";
import { expectReads } from "../support/community-reads.ts";
import { perform, stepsArbitrary, type NodeKind, type Step } from "../support/community-steps.ts";
import { printedSeed, runsOf } from "../support/seed.ts";

/**
 * A few people do anything in any order, over HTTP, and after random steps whatever anyone reads
 * equals a plain model. MARU_TEST_SEED repeats a run, MARU_TEST_PATH one of its examples.
 */

const peopleCount = 6;
const stepsMax = 80;
const feedsEvery = 15;

interface Variant {
  readonly name: string;
  readonly runs: number;
  readonly nodeKinds: readonly NodeKind[];
  start(): Promise<CommunityNodes>;
}

const variants: readonly Variant[] = [
  { name: "one node", runs: 5, nodeKinds: ["read"], start: () => startOneNode() },
  {
    // So small that most of the feed comes from the record.
    name: "a node with a tiny window",
    runs: 4,
    nodeKinds: ["read"],
    start: () => startOneNode(64),
  },
  {
    name: "a node whose events come late",
    runs: 4,
    nodeKinds: ["read", "hold", "hold", "release"],
    start: () => startOneNode(),
  },
  {
    // Events that had no position when it stopped come after its views have loaded their rows.
    name: "a node that restarts",
    runs: 2,
    nodeKinds: ["hold", "hold", "restart"],
    start: () => startOneNode(),
  },
  {
    name: "two nodes on one record",
    runs: 2,
    nodeKinds: ["read", "hold", "release"],
    start: () => startNodesOnOneRecord(2),
  },
];

async function play(nodes: CommunityNodes, steps: readonly Step[]): Promise<void> {
  const people = await nodes.recruit(peopleCount);
  const scene = { nodes, people, model: createCommunityModel(people.map(({ id }) => id)) };
  for (const [index, step] of steps.entries()) {
    await perform(scene, step);
    if (step.kind === "read" || step.kind === "restart") {
      await expectReads(scene, "everything");
    } else if (index % feedsEvery === 0) {
      await expectReads(scene, "feeds");
    }
  }
  await expectReads(scene, "everything");
  await nodes.release();
}

describe("what people read equals the model", () => {
  it.each(variants)("on $name", { timeout: 600_000 }, async (variant) => {
    const seed = printedSeed(`model, ${variant.name}`);
    const path = env["MARU_TEST_PATH"];
    const nodes = await variant.start();
    try {
      await fc.assert(
        fc.asyncProperty(stepsArbitrary(variant.nodeKinds, stepsMax), (steps) =>
          play(nodes, steps),
        ),
        {
          seed,
          numRuns: runsOf(variant.runs),
          endOnFailure: env["MARU_TEST_SHRINK"] === "no",
          ...(path === undefined ? {} : { path }),
        },
      );
    } finally {
      await nodes.release();
      await nodes.stop();
    }
  });
});
