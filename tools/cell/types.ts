/** The terms of a cell: what runs in it, and how a person or a test acts on it. */

export type NodeName = "node-1" | "node-2" | "node-3";
export type NatsName = "nats-1" | "nats-2" | "nats-3";
export type BalancerName = "balancer-1" | "balancer-2";
export type ProcessName = "postgres" | "redis" | NatsName | NodeName | BalancerName;

export type ProcessKind = "postgres" | "redis" | "nats" | "node" | "balancer";

/**
 * "starting": it runs, and does not take work yet. "ready": it was ready after its last start.
 * "ended": it ended unasked. "stopped": it ended because somebody asked for that.
 */
export type ProcessState = "starting" | "ready" | "ended" | "stopped";

export interface CellProcess {
  readonly name: ProcessName;
  readonly kind: ProcessKind;
  /** Of the process that runs now; null while none does. */
  readonly pid: number | null;
  readonly state: ProcessState;
  /** How many processes have had this name since the cell was started. */
  readonly starts: number;
  /** Where it takes work, on 127.0.0.1. */
  readonly port: number;
  /** `http://127.0.0.1:port` of a node or balancer, `nats://…`, `redis://…`; of PostgreSQL without its password. */
  readonly url: string;
  /** Of a node: health, metrics. Of a NATS server: its monitoring. Of a balancer: its statistics. Null for others. */
  readonly adminUrl: string | null;
  readonly logFile: string;
  /**
   * Whether it is started again when it ends unasked, and ended when it hangs. True from the start; switched off, a
   * process that is killed stays away until `start`.
   */
  supervised: boolean;
}

export interface CellPorts {
  /** Of the two balancers. */
  readonly balancers: readonly [number, number];
}

export interface CellOptions {
  /** Made when it does not exist. Everything of the cell lies in it. */
  readonly dataDir: string;
  /** Free ones where it is not given. */
  readonly ports?: CellPorts;
  /** More variables for every node, or others than the cell would give, such as MARU_THREADS. */
  readonly nodeEnvironment?: Readonly<Record<string, string>>;
  /**
   * The same for one of them, by where all would go: such as through a proxy that can be cut. Asked
   * at each of its starts.
   */
  readonly environmentOf?: (
    name: NodeName,
    targets: { readonly databaseUrl: string; readonly natsUrls: readonly string[] },
  ) => Readonly<Record<string, string>>;
  /** Settings of PostgreSQL that differ from the durable ones, such as fsync. */
  readonly postgresSettings?: Readonly<Record<string, string>>;
  /** How long a node goes on serving after it says that it is not ready; 2,000 by default. */
  readonly drainMs?: number;
  /** Hours in which every node is restarted once, one by one; 0, the default: never. */
  readonly recycleHours?: number;
  /** Address that the balancers listen on; 127.0.0.1 by default. Everything else is on 127.0.0.1 anyway. */
  readonly host?: string;
  /** Ends a start that is still under way. */
  readonly signal?: AbortSignal;
  /** Told in a sentence what the cell does by itself, such as that it starts a process again. */
  readonly onEvent?: (text: string) => void;
}

export interface Cell {
  readonly dataDir: string;
  /** `http://127.0.0.1:port` of each balancer. */
  readonly balancerUrls: readonly [string, string];
  /** With its password. */
  readonly databaseUrl: string;
  readonly natsUrls: readonly string[];
  readonly redisUrl: string;
  readonly processes: readonly CellProcess[];
  process(name: ProcessName): CellProcess;
  /** Sends a signal, SIGKILL by default; SIGSTOP and SIGCONT are fine, too. What follows is the supervision's. */
  kill(name: ProcessName, signal?: NodeJS.Signals): void;
  /** Ends the process in order and leaves it away until `start`; resolves when it has ended. */
  stop(name: ProcessName): Promise<void>;
  /** Starts the process if none runs, and resolves when it is ready. */
  start(name: ProcessName): Promise<void>;
  /** Resolves when the process is ready: it may be coming back by itself. Rejects after `timeoutMs`. */
  untilReady(name: ProcessName, timeoutMs?: number): Promise<void>;
  /** Resolves when every balancer that runs sends requests to this node. Rejects after `timeoutMs`. */
  untilRouted(name: NodeName, timeoutMs?: number): Promise<void>;
  /** Restarts the nodes one after another; no request fails because of it. Rejects, and stops, if a node does not come back. */
  restartNodes(): Promise<void>;
  /** Ends everything in order. Safe to call again. */
  close(): Promise<void>;
}
