import { regionMax } from "../../kernel/id.ts";
import { invalid } from "../../kernel/problem.ts";

/** What `Maru-Position` means inside; to clients it is an opaque text. */
export interface Position {
  readonly region: number;
  readonly log: string;
  readonly epoch: number;
  /** The transaction of the write; 0 for a write without events, which every node has. */
  readonly transactionId: bigint;
}

const positionCharactersMax = 100;
const pattern = /^(\d)\.([a-z0-9-]{1,32})\.(\d{1,9})\.(\d{1,19})$/;

export function encodePosition({ region, log, epoch, transactionId }: Position): string {
  return Buffer.from(`${region}.${log}.${epoch}.${transactionId}`).toString("base64url");
}

/** Throws `request.invalid` for a text that is no position. */
export function decodePosition(text: string): Position {
  const short = text.length <= positionCharactersMax ? text : "";
  const bytes = Buffer.from(short, "base64url");
  const parts =
    bytes.toString("base64url") === text ? pattern.exec(bytes.toString("latin1")) : null;
  const [, region = "", log = "", epoch = "", transactionId = ""] = parts ?? [];
  if (parts === null || Number(region) > regionMax) {
    throw invalid("Maru-Position", "is not a position that this server gave");
  }
  return {
    region: Number(region),
    log,
    epoch: Number(epoch),
    transactionId: BigInt(transactionId),
  };
}
