/** The configurations of deploy/, which a cell of containers runs with. */
import { balancerConfig } from "./haproxy.ts";
import { natsConfig } from "./nats.ts";

/** Names of services, by which containers find each other. */
export const nodeServices = ["node-1", "node-2", "node-3"] as const;
export const natsServices = ["nats-1", "nats-2", "nats-3"] as const;

/** The ports that every service has in its own container. */
const apiPort = 8080;
const adminPort = 9090;
const natsPort = 4222;
const natsClusterPort = 6222;
const natsMonitorPort = 8222;
const balancerAdminPort = 9101;
/** Where a container asks for names. */
const nameServer = "127.0.0.11:53";

export interface DeployFile {
  /** From the project's root. */
  readonly file: string;
  readonly text: string;
}

export function deployFiles(): readonly DeployFile[] {
  return [
    {
      file: "deploy/haproxy.cfg",
      text: balancerConfig({
        bind: `:${apiPort}`,
        adminBind: `:${balancerAdminPort}`,
        nodes: nodeServices.map((name) => ({ name, address: `${name}:${apiPort}`, adminPort })),
        nameServer,
      }),
    },
    {
      file: "deploy/nats.conf",
      text: natsConfig({
        name: "$NATS_NAME",
        listen: `0.0.0.0:${natsPort}`,
        clusterListen: `0.0.0.0:${natsClusterPort}`,
        monitorListen: `0.0.0.0:${natsMonitorPort}`,
        routes: natsServices.map((name) => `${name}:${natsClusterPort}`),
        storeDir: "/data",
        password: "$NATS_PASSWORD",
      }),
    },
  ];
}
