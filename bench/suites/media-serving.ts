import { setTimeout as pause } from "node:timers/promises";
import type { MediaJson } from "../../src/modules/media/contract.ts";
import { runClosed } from "../load/closed-model.ts";
import { runUploads } from "../load/run-uploads.ts";
import { roundOf, type Round, type Tally } from "../measure/rounds.ts";
import { startFixed } from "../server/fixed-process.ts";
import { ReadBackError } from "../server/read-back.ts";
import type { Served } from "../server/served-community.ts";
import { ask } from "./cell-bench.ts";
import { uploadPlan, type MediaScene } from "./media-scene.ts";

/**
 * How many files a node hands out on one core, by a plain address and by a signed one, beside a fixed reply of
 * the same bytes in rounds between.
 */
const connections = 64;
const pollMs = 50;
const withinMs = 120_000;
const largest = 1280;
const widths = [320, largest] as const;
const accesses = ["public", "signed"] as const;
const visibilities = { public: "public", signed: "friends" } as const;

type Access = (typeof accesses)[number];

export async function measureServing(
  scene: MediaScene,
  served: Served,
  tally: Tally,
): Promise<void> {
  const { options } = scene;
  const [seconds, rounds] = options.isQuick ? [1, 1] : [6, 3];
  const paths = {
    public: await publish(scene, served, "public"),
    signed: await publish(scene, served, "signed"),
  };
  const load = (url: string, path: string) => () =>
    runClosed({
      url,
      method: "GET",
      path,
      peopleFile: null,
      bodiesFile: null,
      connections,
      seconds,
    });
  for (const width of widths) {
    const pathOf = (access: Access): string => pathIn(paths[access], width, access);
    const first = await roundOf(served.node, load(served.node.url, pathOf("public")));
    const fixed = await startFixed(first.bytesPerAnswer, "served");
    try {
      await roundOf(fixed, load(fixed.url, "/"));
      tally.note(`file_${width}_bytes`, first.bytesPerAnswer);
      for (let round = 1; round <= rounds; round += 1) {
        options.say(`files of ${String(width)}, round ${String(round)} of ${String(rounds)}`);
        const reply = await roundOf(fixed, load(fixed.url, "/"));
        noteRound(tally, `fixed_${width}`, reply);
        for (const access of accesses) {
          const found = await roundOf(served.node, load(served.node.url, pathOf(access)));
          noteRound(tally, `file_${width}_${access}`, found);
          tally.note(`file_${width}_${access}_over_fixed`, found.perSecond / reply.perSecond);
        }
      }
    } finally {
      await fixed.stop();
    }
  }
}

function noteRound(tally: Tally, name: string, round: Round): void {
  tally.note(`${name}_per_s`, round.perSecond);
  tally.note(`${name}_cpu_us`, round.nodeUs / round.requests);
}

/** Of a story's photo, once it is shown by addresses as its story wants them. */
async function publish(
  scene: MediaScene,
  served: Served,
  access: Access,
): Promise<readonly string[]> {
  const { url, port } = served.node;
  const [author, photo] = [0, scene.files.photos[0] ?? ""];
  const planned = { files: [photo], atOnce: 1, count: 1, people: { from: author, count: 1 } };
  const { uploads } = await runUploads(uploadPlan(scene, port, planned), {
    folder: scene.prepared.folder,
    cores: "any",
  });
  const story = {
    text: "",
    mediaIds: uploads.map(({ id }) => id),
    visibility: visibilities[access],
  };
  const token = scene.tokens(author);
  const {
    story: { id },
  } = JSON.parse(await ask(url, token, "POST", "/v1/stories", story)) as {
    story: { id: string };
  };
  const untilMs = performance.now() + withinMs;
  while (performance.now() < untilMs) {
    const text = await ask(url, token, "GET", `/v1/stories/${id}`);
    const [media] = (JSON.parse(text) as { story: { media: MediaJson[] } }).story.media;
    const paths = media?.variants.map((variant) => variant.url) ?? [];
    if (paths.length > 0 && paths.every((path) => path.includes("?s=") === (access === "signed"))) {
      return paths;
    }
    await pause(pollMs);
  }
  throw new ReadBackError(`the photo of a story is not shown by an address that is ${access}`);
}

function pathIn(paths: readonly string[], width: number, access: Access): string {
  const path = paths.find((one) => one.includes(`/${width}.webp`));
  if (path === undefined) {
    throw new ReadBackError(
      `there is no file of ${width}.webp that is ${access}: ${paths.join(" ")}`,
    );
  }
  return path;
}
