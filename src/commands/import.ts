import { setTimeout as wait } from "node:timers/promises";
import { internalContext } from "../kernel/context.ts";
import { passwordFault } from "../modules/accounts/rules.ts";
import { UsageError, type Command, type CommandContext, type Workbench } from "./command.ts";
import { DatabaseAwayError, type BatchDeps } from "./import-batches.ts";
import { checkFile, oldestStoryMs, type ImportFile } from "./import-files.ts";
import { importFriends, importStories } from "./import-lane.ts";
import { createPeople } from "./import-people.ts";
import { clearBar, createProgress } from "./import-progress.ts";
import { createTally, formatCount, type Tally } from "./import-tally.ts";

/** Brings a community from files. Every run begins at their beginning and leaves out what is there. */

/** What an import needs of the world, apart from the database. */
export interface ImportSurroundings {
  readonly monotonicMs: () => number;
  readonly sleep: BatchDeps["sleep"];
  /** Calls `stop` when somebody asks for the end; gives the way to hear no more. */
  readonly onInterrupt: (stop: () => void) => () => void;
}

interface Request {
  readonly friends: ImportFile | null;
  readonly stories: ImportFile | null;
  readonly password: string | null;
}

interface Tallies {
  readonly people: Tally;
  readonly friends: Tally;
  readonly stories: Tally;
}

/** Somebody asked for the end. */
class InterruptedError extends Error {
  override readonly name = "InterruptedError";
}

const succeeded = 0;
const stoppedEarly = 1;
const msPerSecond = 1_000;
const troubleEveryMs = 3_000;

async function readRequest({ words, flags }: CommandContext): Promise<Request> {
  if (words.length > 0) {
    throw new UsageError(`import takes flags only, not ${JSON.stringify(words[0])}.`);
  }
  const file = async (flag: string): Promise<ImportFile | null> => {
    const path = flags.get(flag);
    if (path === "") {
      throw new UsageError(`${flag} needs the name of a file.`);
    }
    return path === undefined ? null : checkFile(flag, path);
  };
  const password = flags.get("--password") ?? null;
  const fault = password === null ? null : passwordFault(password);
  if (fault !== null) {
    throw new UsageError(`--password ${fault}.`);
  }
  const [friends, stories] = [await file("--friends"), await file("--stories")];
  if (friends === null && stories === null) {
    throw new UsageError("import needs --friends FILE, --stories FILE or both.");
  }
  return { friends, stories, password };
}

interface Run {
  readonly request: Request;
  readonly tallies: Tallies;
  readonly command: CommandContext;
  readonly surroundings: ImportSurroundings;
  readonly stop: AbortController;
}

/** Both files beside each other: friends and stories wait for different rows. */
async function bring(run: Run, bench: Workbench, createdAtMs: number): Promise<void> {
  const { request, tallies, command, surroundings, stop } = run;
  const { terminal } = command;
  const context = internalContext("command-import");
  const progress = createProgress({ terminal, monotonicMs: surroundings.monotonicMs });
  let troubleMs = Number.NEGATIVE_INFINITY;
  const batches: BatchDeps = {
    ...surroundings,
    stop: stop.signal,
    onTrouble(message) {
      const nowMs = surroundings.monotonicMs();
      // Both files meet the same trouble at once; it is told once.
      if (nowMs - troubleMs > troubleEveryMs) {
        troubleMs = nowMs;
        clearBar(terminal);
        terminal.complain(message);
      }
    },
  };
  const { password } = request;
  const people = createPeople({
    accounts: bench.accounts,
    context,
    passwordHash: password === null ? null : await bench.accounts.hashPassword(context, password),
    createdAtMs,
    tally: tallies.people,
    batches,
  });
  const lane = (
    file: ImportFile,
    tally: Tally,
    unit: string,
  ): Parameters<typeof importFriends>[0] => ({
    file,
    context,
    people,
    tally,
    track: progress.track(unit, file.sizeBytes),
    batches,
  });
  const { friends, stories } = request;
  const lanes = [
    ...(friends === null
      ? []
      : [importFriends(lane(friends, tallies.friends, "friendships"), bench.graph)]),
    ...(stories === null
      ? []
      : [importStories(lane(stories, tallies.stories, "stories"), bench.stories, command.nowMs())]),
  ];
  const ends = await Promise.allSettled(
    lanes.map((each) =>
      each.catch((error: unknown) => {
        // Where one cannot go on, the other stops too, after its running batch.
        stop.abort(error);
        throw error;
      }),
    ),
  );
  clearBar(terminal);
  if (ends.some(({ status }) => status === "rejected")) {
    throw stop.signal.reason;
  }
}

function report({ request, tallies, command: { terminal } }: Run, elapsedMs: number): void {
  const { people, friends, stories } = tallies;
  const part = (title: string, tally: Tally, places: string): void => {
    terminal.print(`${title.padEnd(12)} ${tally.summary()}`);
    for (const line of tally.refusals(places)) {
      terminal.print(`  ${line}`);
    }
  };
  part("People", people, "accounts");
  if (request.friends !== null) {
    part("Friendships", friends, "lines");
  }
  if (request.stories !== null) {
    part("Stories", stories, "lines");
  }
  const lines = friends.count() + stories.count();
  const rate = formatCount(Math.round((lines * msPerSecond) / Math.max(1, elapsedMs)));
  terminal.print(
    `${formatCount(lines)} lines in ${(elapsedMs / msPerSecond).toFixed(1)} s, ${rate} lines/s`,
  );
}

async function runImport(run: Run): Promise<void> {
  const { request, command, surroundings, stop } = run;
  const nowMs = command.nowMs();
  const { stories } = request;
  const oldestMs = stories === null ? null : await oldestStoryMs(stories, nowMs, stop.signal);
  const bench = await command.open();
  const startedMs = surroundings.monotonicMs();
  try {
    // No story is older than its author.
    await bring(run, bench, oldestMs ?? nowMs);
  } finally {
    report(run, surroundings.monotonicMs() - startedMs);
    await bench.close();
  }
}

/** What ended the import is told; what nobody expects is thrown. */
function explain(error: unknown, { terminal }: CommandContext): number {
  if (error instanceof InterruptedError) {
    terminal.complain(
      "Stopped before the end. Run the same command again: it goes on where it stopped.",
    );
  } else if (error instanceof DatabaseAwayError) {
    terminal.complain(
      `${error.message}\nOnce it answers, run the same command again: it goes on where it stopped.`,
    );
  } else {
    throw error;
  }
  return stoppedEarly;
}

export function createImportCommand(surroundings: ImportSurroundings): Command {
  return {
    name: "import",
    usage: "import [--friends FILE] [--stories FILE] [--password TEXT]",
    summary:
      "Bring friendships (two account numbers a line) and stories (JSON Lines with author, date, text). " +
      "Safe to interrupt and to repeat. With --password all new people sign in with it; without, they cannot.",
    flags: ["--friends", "--stories", "--password"],
    async run(command) {
      const request = await readRequest(command);
      const stop = new AbortController();
      const hearNoMore = surroundings.onInterrupt(() => {
        if (!stop.signal.aborted) {
          clearBar(command.terminal);
          command.terminal.complain("Stopping after the batch that runs.");
          stop.abort(new InterruptedError());
        }
      });
      const tallies = { people: createTally(), friends: createTally(), stories: createTally() };
      try {
        await runImport({ request, tallies, command, surroundings, stop });
        return succeeded;
      } catch (error) {
        return explain(error, command);
      } finally {
        hearNoMore();
      }
    },
  };
}

const interrupts = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export const importCommand = createImportCommand({
  monotonicMs: () => performance.now(),
  sleep: (ms, signal) => wait(ms, undefined, { signal }).catch(() => undefined),
  onInterrupt(stop) {
    for (const signal of interrupts) {
      process.on(signal, stop);
    }
    return () => {
      for (const signal of interrupts) {
        process.off(signal, stop);
      }
    };
  },
});
