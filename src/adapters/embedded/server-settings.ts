import type { PostgresConnection } from "./connection.ts";
import { logLinePrefix } from "./server-log.ts";

/**
 * Settings are given on the command line, where they win over every file in the cluster: the data folder of an older
 * release gets what the newer one needs.
 */
const defaults: Readonly<Record<string, string>> = {
  // What was acknowledged is on disk.
  fsync: "on",
  synchronous_commit: "on",
  full_page_writes: "on",
  // A node and its database share a machine of a few gigabytes.
  shared_buffers: "256MB",
  max_connections: "100",
  // A statement without a month locks every month's partitions: years of imported stories are thousands of locks.
  max_locks_per_transaction: "512",
  max_wal_size: "2GB",
  checkpoint_timeout: "15min",
  wal_compression: "on",
  // Statements are short and many; compiling them costs more than it saves.
  jit: "off",
  timezone: "UTC",
  // The log goes through this process, so it holds what an operator acts on. Statements may hold personal text.
  log_destination: "stderr",
  logging_collector: "off",
  log_timezone: "UTC",
  log_checkpoints: "off",
  log_min_error_statement: "panic",
};

export function serverArguments(
  clusterDir: string,
  connection: Pick<PostgresConnection, "socketDir" | "port">,
  overrides: Readonly<Record<string, string>>,
): readonly string[] {
  const settings = {
    ...defaults,
    ...overrides,
    // No port is open: whoever may enter the socket's folder gets as far as the password.
    listen_addresses: "",
    unix_socket_directories: connection.socketDir,
    unix_socket_permissions: "0700",
    port: String(connection.port),
    log_line_prefix: logLinePrefix,
  };
  return [
    "-D",
    clusterDir,
    ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
  ];
}
