import { assert } from "../../kernel/assert.ts";

/** Where a server answers, and what it asks for. */
export interface Address {
  /** Host and port; all that may be logged. */
  readonly host: string;
  readonly tls: boolean;
  readonly user: string | null;
  readonly password: string | null;
}

const portDefault = 4222;

/** `nats://user:password@host:port`, or `tls://` where the connection has to be encrypted. */
export function parseAddress(url: string): Address {
  const parsed = URL.parse(url);
  const known = parsed !== null && ["nats:", "tls:"].includes(parsed.protocol);
  // The URL may hold a password, so it is not repeated.
  assert(
    known && parsed.hostname !== "",
    "an address of NATS is nats://host:port or tls://host:port",
  );
  const { hostname, port, username, password } = parsed;
  return {
    host: `${hostname}:${port === "" ? portDefault : port}`,
    tls: parsed.protocol === "tls:",
    user: username === "" ? null : decodeURIComponent(username),
    password: password === "" ? null : decodeURIComponent(password),
  };
}
