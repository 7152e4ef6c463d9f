import type { ReadFolder } from "../../ports/folder.ts";
import type { Module, ModuleDeps } from "../../ports/module.ts";
import { createBuild, type Build } from "./build.ts";
import type { Demo, Web } from "./contract.ts";
import { createEarlierFiles, type EarlierFilesLimits } from "./earlier-files.ts";
import { createForgetJob, createKeepBuild, type KeepBuild } from "./keep-build.ts";
import { createReports } from "./reports.ts";
import { createAnswerUnmatched, createClientRoutes, type ClientRoutesDeps } from "./routes.ts";
import { createReportRoutes } from "./routes-reports.ts";
import { readFile, readPaths } from "./store.ts";

export interface WebSettings {
  /** The built client; null: this program has none. */
  readonly readClient: ReadFolder | null;
  /** Of the server. */
  readonly version: string;
  /** Whom a visitor may sign in as; null unless the server has a sample community. */
  readonly demo: Demo | null;
  /** People reach the site over TLS alone, by its public URL. */
  readonly isHttps: boolean;
  /** Where photos and videos come from, if not from this server. */
  readonly mediaOrigin: string | null;
  readonly earlierFiles?: Partial<EarlierFilesLimits>;
}

export interface WebDeps extends ModuleDeps {
  readonly settings: WebSettings;
}

/** The web client as browsers are given it, and what it tells of itself. */
export function createWeb(deps: WebDeps): Module<Web> {
  const { record, clock, logger, metrics, settings } = deps;
  let build: Build | null = null;
  let keepBuild: KeepBuild | null = null;
  const earlier = createEarlierFiles({
    readPaths: (context, limit) => record.read(context, (sql) => readPaths(sql, limit)),
    readFile: (context, path) => record.read(context, (sql) => readFile(sql, path)),
    clock,
    metrics,
    ...(settings.earlierFiles === undefined ? {} : { limits: settings.earlierFiles }),
  });
  const routesDeps: ClientRoutesDeps = {
    build: () => build,
    earlier,
    version: settings.version,
    demo: settings.demo,
    isHttps: settings.isHttps,
    mediaOrigin: settings.mediaOrigin,
  };

  return {
    name: "web",
    contract: { answerUnmatched: createAnswerUnmatched(routesDeps) },
    routes: [
      ...createClientRoutes(routesDeps),
      ...createReportRoutes(createReports({ clock, logger, metrics })),
    ],
    views: [],
    consumers: [],
    jobs: [createForgetJob(record)],
    healthChecks: [],
    async start() {
      if (settings.readClient === null) {
        return;
      }
      const folder = await settings.readClient();
      if (folder === null) {
        logger.warn({}, "there is no web client: this node serves the API alone");
        return;
      }
      build = await createBuild(folder);
      keepBuild = createKeepBuild({ record, clock, logger }, build);
      // Whoever is given this build's page may ask another node for the files that it needs.
      await keepBuild.start();
      logger.info({ build: build.id, files: build.files.size }, "the web client is there");
    },
    async stop() {
      await keepBuild?.stop();
    },
  };
}
