import { networkInterfaces } from "node:os";

/** This machine's own addresses, as they are now: what listens there may be meant for its neighbours alone. */
export function addressesOfMachine(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((found = []) =>
    found.map(({ address }) => address),
  );
}
