import { randomFrom } from "../support/random.ts";
import { acquaint, createCast } from "./cast.ts";
import { signUp, type Client } from "./clients.ts";
import { openDoors, type Caller } from "./doors.ts";
import { createHistory, type History } from "./history.ts";
import { startListener, type Listener } from "./listeners.ts";

/** A small community that lives for as long as a run takes. */
export interface Load {
  readonly history: History;
  /** Asks at either door. */
  readonly caller: Caller;
  /** Everybody goes on until here; resolves when nothing is under way any more. */
  stopActing(): Promise<void>;
  /** The listeners hear what is still to come, so they stop last. */
  stopListening(): Promise<void>;
  close(): void;
}

export interface LoadOptions {
  readonly urls: readonly string[];
  readonly seed: number;
  /** In handles, texts and keys. */
  readonly run: string;
  readonly people?: number;
  /** Of the people, those whose relations stay as they are; each of them listens. */
  readonly steady?: number;
  /** How many of the others listen, too. */
  readonly movingListeners?: number;
  readonly friendsEach?: number;
  readonly pauseMsMax?: number;
}

export async function startLoad(options: LoadOptions): Promise<Load> {
  const {
    urls,
    seed,
    run,
    people = 30,
    steady = 6,
    movingListeners = 3,
    friendsEach = 12,
    pauseMsMax = 500,
  } = options;
  const history = createHistory();
  const doors = openDoors(urls);
  let seeds = seed;
  const nextRandom = () => randomFrom((seeds += 1));

  const clients: Client[] = [];
  for (let n = 0; n < people; n += 1) {
    clients.push(await signUp(`p${n}`, { history, run, caller: doors.caller(nextRandom()) }));
  }
  await acquaint(clients, friendsEach);

  const listeners: Listener[] = [];
  for (const client of clients.slice(0, steady + movingListeners)) {
    const [random, caller] = [nextRandom(), doors.caller(nextRandom())];
    listeners.push(await startListener({ client, caller, urls, history, random }));
  }
  const cast = createCast({
    steady: clients.slice(0, steady),
    movable: clients.slice(steady),
    randomOf: nextRandom,
    pauseMsMax,
  });
  const acting = cast.run();
  // A failure is told when it is waited for.
  acting.catch(() => undefined);
  return {
    history,
    caller: doors.caller(nextRandom()),
    async stopActing() {
      cast.stop();
      await acting;
    },
    async stopListening() {
      await Promise.all(listeners.map((listener) => listener.stop()));
    },
    close: () => doors.close(),
  };
}
