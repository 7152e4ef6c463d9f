import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { isIPv6, type LookupFunction } from "node:net";
import type { Reach } from "./addresses.ts";
import { Faulty } from "./fault.ts";
import { hostOf } from "./target.ts";

export interface Request {
  readonly url: URL;
  /** The only ones that are connected to; the first that answers is taken. */
  readonly addresses: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  /** Asked once more when the connection stands, before anything is sent. */
  readonly reach: Reach;
  readonly headerBytesMax: number;
  /** Without a byte for so long the other side is too slow. */
  readonly idleMs: number;
  /** Aborted with the fault where the request must end before the answer's last byte. */
  readonly ending: AbortController;
  /** Certificates of authorities instead of those that Node knows, in PEM. */
  readonly authorities?: string;
}

/** `103 Early Hints` and the like; more of them are a way of never coming to an answer. */
const informationMax = 8;

/**
 * Sends one request on a connection of its own and gives the answer's head; its body is to be read or
 * destroyed. Rejects with what the other side did, or with the reason of `ending`.
 */
export function send(request: Request): Promise<IncomingMessage> {
  const { url, ending } = request;
  const { signal } = ending;
  return new Promise((resolve, reject) => {
    const sent = (url.protocol === "https:" ? https : http).request({
      protocol: url.protocol,
      hostname: hostOf(url),
      port: url.port,
      path: `${url.pathname}${url.search}`,
      headers: { host: url.host, ...request.headers },
      agent: false,
      lookup: knowing(request.addresses),
      maxHeaderSize: request.headerBytesMax,
      timeout: request.idleMs,
      signal,
      ...(request.authorities === undefined ? {} : { ca: request.authorities }),
    });
    let informed = 0;
    sent.on("socket", (socket) => {
      socket.once("connect", () => {
        if (!request.reach(socket.remoteAddress ?? "")) {
          ending.abort(new Faulty("forbidden_address"));
        }
      });
    });
    sent.on("information", () => {
      informed += 1;
      if (informed > informationMax) {
        ending.abort(new Faulty("broken"));
      }
    });
    sent.on("timeout", () => {
      ending.abort(new Faulty("too_slow"));
    });
    sent.on("error", (error) => {
      reject(signal.aborted ? (signal.reason as Error) : faultOf(error));
    });
    // Some ends are no errors for Node, such as another protocol that nobody asked for.
    sent.on("close", () => {
      reject(new Faulty("broken"));
    });
    sent.once("response", (response) => {
      // A body without a length is over when the connection is, even where that was cut.
      response.socket.once("error", () => {
        ending.abort(new Faulty("broken"));
      });
      resolve(response);
    });
    sent.end();
  });
}

/** Knows these addresses, whatever name it is asked for. */
function knowing(addresses: readonly string[]): LookupFunction {
  const known = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  return (_hostname, { all }, callback) => {
    const [first] = known;
    if (all === true || first === undefined) {
      callback(null, known);
    } else {
      callback(null, first.address, first.family);
    }
  };
}

/** Once a connection stands, what ends it is the other side's doing. */
const endedEarly: readonly string[] = ["ECONNRESET", "EPIPE"];
const parserFailure = "HPE_";

function faultOf(error: Error): Faulty {
  const code = "code" in error ? String(error.code) : "";
  if (code === "HPE_HEADER_OVERFLOW") {
    return new Faulty("too_large");
  }
  const isBroken = code.startsWith(parserFailure) || endedEarly.includes(code);
  return new Faulty(isBroken ? "broken" : "unreachable");
}
