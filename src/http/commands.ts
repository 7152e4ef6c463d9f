import { assert, present } from "../kernel/assert.ts";
import type { Context } from "../kernel/context.ts";
import type { Keyring } from "../kernel/keyring.ts";
import { invalid } from "../kernel/problem.ts";
import type {
  Committed,
  GroupWork,
  Outcome,
  RecordPort,
  Statement,
  Transaction,
} from "../ports/record.ts";
import type { Answer, IdempotencyOptions } from "../ports/routes.ts";
import {
  createKeyedCommands,
  positionHeader,
  type KeyedCommand,
  type KeyedRequest,
  type Ran,
} from "./keyed-commands.ts";

type Work = (tx: Transaction) => Promise<Answer>;

/** Runs commands, each in one transaction, and answers with the position of its write. */
export interface Commands {
  run(context: Context, work: Work): Promise<Answer>;
  /**
   * The same, at most once for a key: the answer is kept in the command's own transaction, so
   * either both are there or neither. A command that fails keeps nothing and may be tried again.
   */
  runOnce(request: KeyedRequest, work: Work, options: IdempotencyOptions): Promise<Answer>;
  /** A command that may share its transaction with others of its kind; with a key it runs once. */
  runInGroup<Item>(
    command: GroupCommand,
    work: GroupWork<Item, Answer>,
    item: Item,
  ): Promise<Answer>;
}

export interface GroupCommand {
  readonly context: Context;
  /** Null: it runs each time it is sent. */
  readonly keyed: KeyedCommand | null;
}

export interface CommandDeps {
  readonly record: RecordPort;
  readonly keyring: Keyring;
}

interface KeyedItem<Item> {
  readonly keyed: KeyedCommand | null;
  readonly item: Item;
}

const keyPattern = /^[\x21-\x7e]{1,255}$/;

export function refuseMalformedKey(key: string | string[] | undefined): void {
  if (key !== undefined && (typeof key !== "string" || !keyPattern.test(key))) {
    throw invalid("Idempotency-Key", "must be 1 to 255 visible ASCII characters");
  }
}

export function createCommands(deps: CommandDeps): Commands {
  const { record } = deps;
  const keyedCommands = createKeyedCommands(deps);
  /** A group forms around one and the same work, and a module's has no keys yet. */
  const withKeys = new WeakMap<object, GroupWork<KeyedItem<unknown>, Ran>>();

  function keyedWork<Item>(work: GroupWork<Item, Answer>): GroupWork<KeyedItem<Item>, Ran> {
    const made: GroupWork<KeyedItem<Item>, Ran> = {
      name: work.name,
      run: (tx, members) =>
        keyedCommands.run(
          tx,
          members.map(({ item }) => item.keyed),
          (free) =>
            work.run(
              tx,
              free.map((at) => {
                const { context, item, append } = present(members[at], "a member");
                return { context, item: item.item, append };
              }),
            ),
        ),
    };
    withKeys.set(work, made);
    return made;
  }

  async function answerOf(
    command: KeyedCommand | null,
    { value, position }: Committed<Ran>,
  ): Promise<Answer> {
    if ("answer" in value) {
      return withHeaders(value.answer, { [positionHeader]: position });
    }
    const { kept } = value;
    // Of several nodes the position of now is that of the newest that it may build on.
    const isNewest = position !== record.positionOf(0n);
    return withHeaders(await keyedCommands.replay(present(command, "the command"), kept), {
      [positionHeader]: isNewest ? position : (kept.headers[positionHeader] ?? position),
      "idempotency-replayed": "true",
    });
  }

  return {
    async run(context, work) {
      const { value, position } = await record.write(context, work);
      return withHeaders(value, { [positionHeader]: position });
    },
    async runOnce(request, work, options) {
      const command: KeyedCommand = { request, options };
      const ran = await record.write(request.context, async (tx): Promise<Ran> => {
        const lasts: Statement[] = [];
        const last = (statement: Statement): void => void lasts.push(statement);
        const [outcome] = await keyedCommands.run({ sql: tx.sql, last }, [command], async () => [
          { value: await work(tx) },
        ]);
        await Promise.all(lasts);
        return valueOf(present(outcome, "the outcome"));
      });
      return answerOf(command, ran);
    },
    async runInGroup<Item>(
      { context, keyed }: GroupCommand,
      work: GroupWork<Item, Answer>,
      item: Item,
    ): Promise<Answer> {
      const group = (withKeys.get(work) ?? keyedWork(work)) as GroupWork<KeyedItem<Item>, Ran>;
      return answerOf(keyed, await record.writeInGroup(context, group, { keyed, item }));
    },
  };
}

function valueOf<T>(outcome: Outcome<T>): T {
  assert(outcome !== "alone", "a transaction of one's own has nobody else in it");
  if ("refusal" in outcome) {
    throw outcome.refusal;
  }
  return outcome.value;
}

function withHeaders(answer: Answer, headers: Readonly<Record<string, string>>): Answer {
  return { ...answer, headers: { ...answer.headers, ...headers } };
}
