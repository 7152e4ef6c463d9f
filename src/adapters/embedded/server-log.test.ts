import { describe, expect, it } from "vitest";
import { createLogReader, type LogReader } from "./server-log.ts";

function collecting(): { readonly reader: LogReader; readonly lines: readonly string[] } {
  const lines: string[] = [];
  const reader = createLogReader((level, message) => lines.push(`${level} ${message}`));
  return { reader, lines };
}

describe("the server's log", () => {
  it("passes on what an operator acts on, by severity", () => {
    const { reader, lines } = collecting();
    reader.add("7 00000 LOG:  automatic recovery in progress\n");
    reader.add("7 01000 WARNING:  out of lock space soon\n");
    reader.add("8 XX001 ERROR:  invalid page in block 3\n8 XX001 HINT:  Look at it.\n");
    reader.add("7 53100 PANIC:  could not write: No space left on device\n");
    expect(lines).toEqual([
      "info PostgreSQL: automatic recovery in progress",
      "warn PostgreSQL: out of lock space soon",
      "warn PostgreSQL: invalid page in block 3",
      "warn PostgreSQL: Look at it.",
      "error PostgreSQL: could not write: No space left on device",
    ]);
  });

  it("keeps back what is routine, what a client is told anyway, and what quotes statements", () => {
    const { reader, lines } = collecting();
    reader.add("7 00000 LOG:  database system is ready to accept connections\n");
    reader.add("8 23505 ERROR:  duplicate key value violates unique constraint\n");
    reader.add("8 23505 DETAIL:  Key (handle)=(someone) already exists.\n");
    reader.add("8 23505 STATEMENT:  insert into accounts values ('someone')\n\tand more\n");
    reader.add("8 57P03 FATAL:  the database system is starting up\n");
    reader.add("7 00000 LOG:  server process (PID 9) was terminated by signal 9: Killed\n");
    reader.add("7 00000 DETAIL:  Failed process was running: select 'someone'\n");
    expect(lines).toEqual([
      "info PostgreSQL: server process (PID 9) was terminated by signal 9: Killed",
    ]);
    expect(reader.lastFailure()).toBeNull();
  });

  it("is read line by line, however the output is cut", () => {
    const { reader, lines } = collecting();
    for (const character of "7 00000 LOG:  one\n7 00000 LOG:  two\n") reader.add(character);
    expect(lines).toEqual(["info PostgreSQL: one", "info PostgreSQL: two"]);
  });

  it("holds no more than a bounded part of a line that never ends", () => {
    const { reader, lines } = collecting();
    reader.add("7 00000 LOG:  ");
    for (let n = 0; n < 100; n += 1) reader.add("x".repeat(10_000));
    reader.add("\n");
    expect(lines[0]?.length).toBeLessThan(20_000);
  });

  it("tells why the server failed, with the detail and hint of that failure", () => {
    const { reader } = collecting();
    reader.add("7 55000 FATAL:  data directory has wrong ownership\n");
    reader.add("7 55000 HINT:  Its owner must start the server.\n");
    reader.add("9 28P01 FATAL:  password authentication failed\n");
    expect(reader.lastFailure()).toBe(
      "FATAL: data directory has wrong ownership Its owner must start the server.",
    );
  });

  it("understands what the server says before it knows its settings", () => {
    const { reader, lines } = collecting();
    reader.add('postgres: could not access the server configuration file "x"\n');
    expect(reader.lastFailure()).toContain("could not access the server configuration file");
    expect(lines).toHaveLength(1);
  });
});
