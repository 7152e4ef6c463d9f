import { internalContext } from "../kernel/context.ts";
import { parseId } from "../kernel/id.ts";
import { describeConfig } from "../config-text.ts";
import { UsageError, type Command, type CommandContext } from "./command.ts";

const succeeded = 0;
const failed = 1;
const deadLettersShown = 100;

export const checkConfig: Command = {
  name: "check-config",
  usage: "check-config",
  summary: "Print the settings in force, secrets hidden.",
  flags: [],
  run({ config, terminal }) {
    terminal.print(describeConfig(config));
    return Promise.resolve(succeeded);
  },
};

export const migrateCommand: Command = {
  name: "migrate",
  usage: "migrate",
  summary: "Bring the database's schema up to date, as serve does by itself.",
  flags: [],
  async run({ open, terminal }) {
    const bench = await open();
    for (const step of bench.migrated) {
      terminal.print(step);
    }
    terminal.print(
      bench.migrated.length === 0
        ? "Nothing to do."
        : `${String(bench.migrated.length)} steps done.`,
    );
    await bench.close();
    return succeeded;
  },
};

export const token: Command = {
  name: "token",
  usage: "token @HANDLE",
  summary: "Print a new session token of an account, for operators.",
  flags: [],
  async run({ open, terminal, words }) {
    const [handle] = words;
    if (handle === undefined || words.length > 1) {
      throw new UsageError("token needs one account: its @handle or its id.");
    }
    const bench = await open();
    try {
      const context = internalContext("command-token");
      const account = await bench.accounts.resolve(context, handle);
      const minted = account === null ? null : await bench.accounts.mintToken(context, account.id);
      if (minted === null) {
        terminal.complain(`There is no active account ${handle}.`);
        return failed;
      }
      terminal.print(minted);
      return succeeded;
    } finally {
      await bench.close();
    }
  },
};

async function listDeadLetters({ open, terminal, flags }: CommandContext): Promise<number> {
  const bench = await open();
  try {
    const consumer = flags.get("--consumer");
    const letters = await bench.deadLetters.list(internalContext("command-dead-letters"), {
      ...(consumer === undefined ? {} : { consumer }),
      limit: deadLettersShown,
    });
    for (const { consumer: name, event, attempts, error, atMs } of letters) {
      const at = new Date(atMs).toISOString();
      terminal.print(
        `${String(event.id)}  ${name}  ${event.type}  position ${String(event.position)}  ${at}  ${String(attempts)} attempts  ${error}`,
      );
    }
    terminal.print(
      letters.length === 0 ? "There are no dead letters." : `${String(letters.length)} shown.`,
    );
    return succeeded;
  } finally {
    await bench.close();
  }
}

async function redriveDeadLetters({ open, terminal, flags }: CommandContext): Promise<number> {
  const consumer = flags.get("--consumer");
  const ids = flags
    .get("--ids")
    ?.split(",")
    .map((text) => {
      const id = parseId(text);
      if (id === undefined) {
        throw new UsageError(`--ids: ${JSON.stringify(text)} is not an event's id.`);
      }
      return id;
    });
  const bench = await open();
  try {
    const count = await bench.deadLetters.redrive(internalContext("command-redrive"), {
      ...(consumer === undefined ? {} : { consumer }),
      ...(ids === undefined ? {} : { ids }),
    });
    terminal.print(`${String(count)} events are handed to their consumers again.`);
    return succeeded;
  } finally {
    await bench.close();
  }
}

export const deadLetters: Command = {
  name: "dead-letters",
  usage: "dead-letters list|redrive [--consumer NAME] [--ids ID,ID]",
  summary: "Show the events that a consumer gave up on, or hand them to it again.",
  flags: ["--consumer", "--ids"],
  run(context) {
    const [action] = context.words;
    if (action === "list") {
      return listDeadLetters(context);
    }
    if (action === "redrive") {
      return redriveDeadLetters(context);
    }
    throw new UsageError("dead-letters needs an action: list or redrive.");
  },
};
