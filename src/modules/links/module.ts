import type { Module, ModuleDeps } from "../../ports/module.ts";
import type { OutsideWeb } from "../../ports/outside-web.ts";
import type { Partitions } from "../../ports/record.ts";
import type { Media } from "../media/contract.ts";
import type { Stories } from "../stories/contract.ts";
import type { Links } from "./contract.ts";
import { createFetching } from "./fetch.ts";
import { createFollower } from "./follow.ts";
import { linkKeyOf } from "./link-key.ts";
import { previewsOf } from "./store.ts";
import { createRetry, createSweep } from "./sweep.ts";
import { createTelling } from "./tell.ts";

export interface LinksDeps extends ModuleDeps {
  readonly partitions: Partitions;
  readonly web: Pick<OutsideWeb, "get">;
  /** Asked for lazily: the modules know each other in a circle. */
  readonly media: Pick<Media, "mayKeep" | "keepPreview" | "dropPreviews" | "workFolder">;
  readonly stories: Pick<Stories, "linkUrls">;
  /** False: no page is fetched. */
  readonly isFetching: boolean;
}

export function createLinks(deps: LinksDeps): Module<Links> {
  const { record, ids, clock, metrics, partitions, web, isFetching } = deps;
  const parts = {
    record,
    ids,
    clock,
    metrics,
    partitions,
    web,
    isFetching,
    get media() {
      return deps.media;
    },
    get stories() {
      return deps.stories;
    },
  };
  return {
    name: "links",
    contract: {
      async previews(context, urls) {
        const hashes = urls.map((url) => linkKeyOf(url)?.hash.toString("hex") ?? "");
        const wanted = [...new Set(hashes)].filter((hash) => hash !== "");
        if (wanted.length === 0) {
          return urls.map(() => null);
        }
        const found = await record.read(context, (sql) => previewsOf(sql, wanted));
        return hashes.map((hash) => found.get(hash) ?? null);
      },
    },
    routes: [],
    views: [],
    consumers: [createFollower(parts), createTelling()],
    workers: [createFetching(parts)],
    jobs: [...(isFetching ? [createRetry(parts)] : []), createSweep(parts)],
    healthChecks: [],
    start: async () => undefined,
    stop: async () => undefined,
  };
}
