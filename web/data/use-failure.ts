import { useState } from "react";

interface Asked {
  readonly data: unknown;
  readonly error: unknown;
}

/**
 * What kept something from being read, as long as nothing of it is there. A query forgets its error
 * while it asks again; the page goes on saying it, so that nothing flickers.
 */
export function useFailure({ data, error }: Asked): unknown {
  const [last, setLast] = useState<unknown>(null);
  if (error !== null && error !== last) {
    setLast(error);
  }
  return data === undefined ? (error ?? last) : null;
}
