import type { Config } from "../config.ts";
import type { DeadLetters } from "../ports/log.ts";
import type { Accounts } from "../modules/accounts/contract.ts";
import type { Graph } from "../modules/graph/contract.ts";
import type { Stories } from "../modules/stories/contract.ts";

/** What the commands of the command line work with: the modules, without HTTP. */
export interface Workbench {
  readonly accounts: Accounts;
  readonly graph: Graph;
  readonly stories: Stories;
  readonly deadLetters: DeadLetters;
  /** Steps of the schema that were brought up to date by opening. */
  readonly migrated: readonly string[];
  close(): Promise<void>;
}

/** Where a command writes, and whether a person looks at it. */
export interface Terminal {
  readonly isInteractive: boolean;
  print(line: string): void;
  /** Replaces the line that was written last by this function. */
  replace(line: string): void;
  /** For what went wrong. */
  complain(line: string): void;
}

export interface CommandContext {
  readonly config: Config;
  /** Words after the command that are no flags. */
  readonly words: readonly string[];
  /** Flags of this command, with their values. */
  readonly flags: ReadonlyMap<string, string>;
  readonly terminal: Terminal;
  readonly nowMs: () => number;
  open(): Promise<Workbench>;
}

/** The input of a command was wrong: said without a stack, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export interface Command {
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  /** Names of this command's own flags, each with a value. */
  readonly flags: readonly string[];
  /** The exit code. */
  run(context: CommandContext): Promise<number>;
}
