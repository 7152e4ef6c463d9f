/**
 * Ids: positive, 63 bits, ordered by time.
 *
 * From the highest bit: 41 bits of milliseconds since 2000-01-01T00:00:00Z (until September 2069),
 * 3 bits of region, 7 bits of lane (a lease in the record), 12 bits of sequence.
 * In JSON an id is a decimal string, because a JavaScript number holds 53 bits.
 */
export type Id = bigint;

export const idEpochMs = Date.UTC(2000, 0, 1);
export const regionBits = 3;
export const laneBits = 7;
export const sequenceBits = 12;
export const regionMax = 2 ** regionBits - 1;
export const laneMax = 2 ** laneBits - 1;
export const sequenceMax = 2 ** sequenceBits - 1;
/** The greatest id that can exist; as a bound it means "from the newest on". */
export const idMax: Id = 2n ** 63n - 1n;

const timeShift = BigInt(regionBits + laneBits + sequenceBits);
const regionShift = BigInt(laneBits + sequenceBits);
const laneShift = BigInt(sequenceBits);
const idDigitsMax = 19;

export interface IdParts {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly timeMs: number;
  readonly region: number;
  readonly lane: number;
  readonly sequence: number;
}

export function composeId(parts: IdParts): Id {
  return (
    (BigInt(parts.timeMs - idEpochMs) << timeShift) |
    (BigInt(parts.region) << regionShift) |
    (BigInt(parts.lane) << laneShift) |
    BigInt(parts.sequence)
  );
}

/** When the id was given, in milliseconds since 1970. */
export function idTimeMs(id: Id): number {
  return Number(id >> timeShift) + idEpochMs;
}

/** When the id was given, as the API writes times: ISO 8601, UTC, milliseconds. */
export function idTime(id: Id): string {
  return new Date(idTimeMs(id)).toISOString();
}

/** The lowest id that can have been given at this time; ids of earlier times are below it. */
export function idFloorAt(timeMs: number): Id {
  return BigInt(Math.max(0, timeMs - idEpochMs)) << timeShift;
}

/** Reads a decimal string; anything but the canonical spelling of 1 to idMax is undefined. */
export function parseId(text: string): Id | undefined {
  if (text.length === 0 || text.length > idDigitsMax || !/^[1-9][0-9]*$/.test(text)) {
    return undefined;
  }
  const id = BigInt(text);
  return id <= idMax ? id : undefined;
}

export function compareIds(a: Id, b: Id): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
