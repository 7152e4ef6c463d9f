import { freePorts } from "../../../tools/free-ports.ts";
import { onTestFinished } from "vitest";
import { connectApi, type Api } from "../../support/api-client.ts";
import { temporaryFolder } from "../../support/data-folder.ts";
import { kill, startServer, type Server } from "../../support/server-process.ts";

/** A server that is a process, with the client of this project, for one test. */
export interface ProcessSite {
  /** The same through all of its lives. */
  readonly url: string;
  readonly api: Api;
  server(): Server;
  /** Ends it in the middle of whatever it does, as a loss of power would. */
  kill(): Promise<void>;
  /** Starts it again, at the same place and with the same data. */
  start(): Promise<void>;
}

export async function startProcessSite(): Promise<ProcessSite> {
  const dataDir = await temporaryFolder();
  const [port = 0] = await freePorts(1);
  const settings = { MARU_PORT: String(port), MARU_LOG_LEVEL: "error" };
  let server = await startServer({ dataDir, settings });
  const api = await connectApi(server.url);
  onTestFinished(() => {
    api.close();
  });
  return {
    url: server.url,
    api,
    server: () => server,
    kill: () => kill(server),
    async start() {
      server = await startServer({ dataDir, settings });
    },
  };
}
