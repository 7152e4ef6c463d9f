import { readFileSync } from "node:fs";

/** Sockets of a port by state, as /proc/net/tcp has them. */

const states: Readonly<Record<string, string>> = {
  "01": "ESTABLISHED",
  "02": "SYN_SENT",
  "03": "SYN_RECV",
  "04": "FIN_WAIT1",
  "05": "FIN_WAIT2",
  "06": "TIME_WAIT",
  "07": "CLOSE",
  "08": "CLOSE_WAIT",
  "09": "LAST_ACK",
  "0A": "LISTEN",
  "0B": "CLOSING",
};

export type SocketStates = Readonly<Record<string, number>>;

/** Of a text of /proc/net/tcp: how many sockets of the local port are in each state. */
export function countStates(table: string, port: number): SocketStates {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const counts: Record<string, number> = {};
  for (const line of table.split("\n").slice(1)) {
    const [, local = "", , code = ""] = line.trim().split(/\s+/u);
    if (local.endsWith(suffix)) {
      const name = states[code] ?? code;
      counts[name] = (counts[name] ?? 0) + 1;
    }
  }
  return counts;
}

export function socketsOf(port: number): SocketStates {
  return countStates(readFileSync("/proc/net/tcp", "utf8"), port);
}
