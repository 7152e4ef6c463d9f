import { request, type ClientRequest, type IncomingMessage } from "node:http";

/** An event of a live stream, as the standard of server-sent events takes it apart. */
export interface StreamEvent {
  readonly type: string;
  readonly id: string;
  readonly data: string;
}

interface Parser {
  /** Of what has been taken as a whole; "" before the first. */
  lastId(): string;
  feed(text: string): void;
}

/** As browsers do it: an id counts once its block is complete, with data or without. */
function createParser(onEvent: (event: StreamEvent) => void): Parser {
  let lastId = "";
  let rest = "";
  let block = { type: "message", id: "", data: [] as string[] };

  function takeLine(line: string): void {
    const [, name = "", value = ""] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (line === "") {
      lastId = block.id;
      if (block.data.length > 0) {
        onEvent({ type: block.type, id: block.id, data: block.data.join("\n") });
      }
      block = { type: "message", id: lastId, data: [] };
    } else if (name === "event") {
      block.type = value;
    } else if (name === "id") {
      block.id = value;
    } else if (name === "data") {
      block.data.push(value);
    }
  }

  return {
    lastId: () => lastId,
    feed(text) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      lines.forEach(takeLine);
    },
  };
}

export interface Connection {
  /** Resolves when either side has ended it. */
  readonly ended: Promise<void>;
  /** The id to come back with. */
  lastId(): string;
  /** Nothing more is read until `resume`; what the server writes fills buffers. */
  pause(): void;
  resume(): void;
  cut(): void;
}

export interface ConnectionOptions {
  readonly token: string;
  /** The id of what was seen last; sent as a header, or in the query where a client cannot. */
  readonly after: string;
  readonly by: "header" | "query";
  /** The socket is destroyed after so many bytes; what came with them is never seen. */
  readonly bytesMax?: number;
  readonly onEvent: (event: StreamEvent) => void;
}

/** One connection of a live stream. Rejects where the server refuses it or is not there. */
export function connectStream(url: string, options: ConnectionOptions): Promise<Connection> {
  const { token, after, by, bytesMax = Number.POSITIVE_INFINITY, onEvent } = options;
  const query = by === "query" && after !== "" ? `?after=${after}` : "";
  const headers = {
    authorization: `Bearer ${token}`,
    ...(by === "header" && after !== "" ? { "last-event-id": after } : {}),
  };
  const parser = createParser(onEvent);
  let bytesLeft = bytesMax;

  function read(sent: ClientRequest, response: IncomingMessage): Connection {
    const ended = Promise.withResolvers<undefined>();
    response.setEncoding("latin1");
    response.on("data", (bytes: string) => {
      parser.feed(bytes.slice(0, bytesLeft));
      bytesLeft -= Math.min(bytesLeft, bytes.length);
      if (bytesLeft === 0) {
        sent.destroy();
      }
    });
    response.on("error", () => undefined);
    response.on("close", () => {
      ended.resolve(undefined);
    });
    return {
      ended: ended.promise,
      lastId: () => parser.lastId() || after,
      pause: () => void response.pause(),
      resume: () => void response.resume(),
      cut: () => void sent.destroy(),
    };
  }

  return new Promise((resolve, reject) => {
    const sent = request(new URL(`/v1/feed/live${query}`, url), { agent: false, headers });
    sent.on("error", reject);
    sent.on("response", (response) => {
      if (response.statusCode === 200) {
        resolve(read(sent, response));
      } else {
        response.resume();
        reject(new Error(`a live stream was refused: ${response.statusCode ?? 0}`));
      }
    });
    sent.end();
  });
}
