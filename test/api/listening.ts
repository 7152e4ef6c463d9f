import type { Person } from "../support/api-client.ts";
import { listen, type LiveEvent, type LiveStream } from "../support/api-live.ts";
import type { StartedApi } from "./started-api.ts";

export interface Listening {
  readonly reader: Person;
  readonly writer: Person;
  /** The reader's. */
  readonly stream: LiveStream;
}

/** Each call makes two friends, of whom one listens. */
export function listeningFriends(world: StartedApi): () => Promise<Listening> {
  let pairs = 0;
  return async () => {
    pairs += 1;
    const [reader, writer] = await world.api.people(
      `listener_${String(pairs)}`,
      `speaker_${String(pairs)}`,
    );
    await reader.befriend(writer);
    await world.settled();
    return { reader, writer, stream: await listen(world.node.url, reader) };
  };
}

/** Something to wait for, after which everything before it has been told. */
export async function lastWord(stream: LiveStream, writer: Person): Promise<void> {
  const { id } = await writer.publish("the last word");
  await stream.until("the last word", ({ events }) =>
    events.some(({ type, data }) => type === "story" && data.item.id === id),
  );
}

export function storiesIn(events: readonly LiveEvent[]): string[] {
  return events.flatMap(({ type, data }) => (type === "story" ? [data.item.id] : []));
}
