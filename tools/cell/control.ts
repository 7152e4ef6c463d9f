/** How a second `npm run cell` talks to the one that runs: words over a socket in the data folder, lines back. */
import { rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import path from "node:path";
import { createInterface } from "node:readline";

/** Prints lines while it works; rejects with what went wrong. */
export type Command = (print: (line: string) => void) => Promise<void>;

export interface Control {
  close(): Promise<void>;
}

/** Nobody but the user of the cell, and root. */
const othersMask = 0o177;
/** The shortest limit of a socket's path among the supported systems, in bytes. */
const socketPathBytesMax = 103;
const wordCharactersMax = 64;
/** The last line, by which the client ends. */
const doneLine = "\u0000done";
const failedLine = "\u0000failed";

function socketPath(dataDir: string): string {
  const file = path.join(path.resolve(dataDir), "control.sock");
  // A path from here may be short where the whole one is too long.
  return Buffer.byteLength(file) <= socketPathBytesMax ? file : path.relative(".", file);
}

async function answer(socket: Socket, commands: ReadonlyMap<string, Command>): Promise<void> {
  const print = (line: string): void => void socket.write(`${line}\n`);
  try {
    const word = await firstWord(socket);
    const command = commands.get(word);
    if (command === undefined) throw new Error(`There is no command ${JSON.stringify(word)}.`);
    await command(print);
    print(doneLine);
  } catch (error) {
    print(error instanceof Error ? error.message : String(error));
    print(failedLine);
  }
  socket.end();
}

function firstWord(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      if (text.includes("\n")) resolve(text.slice(0, text.indexOf("\n")));
      else if (text.length > wordCharactersMax) reject(new Error("That is no command."));
    });
    socket.on("close", () => {
      reject(new Error("The connection ended before it said anything."));
    });
  });
}

/** The data folder is held by this process: what lies at the socket's place was left behind. */
export async function openControl(
  dataDir: string,
  commands: ReadonlyMap<string, Command>,
): Promise<Control> {
  const file = socketPath(dataDir);
  await rm(file, { force: true });
  const server = createServer((socket) => {
    // Who asked may go away before the answer.
    socket.on("error", () => undefined);
    void answer(socket, commands);
  });
  const before = process.umask(othersMask);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(file, resolve);
    });
  } finally {
    process.umask(before);
  }
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      }),
  };
}

/** Sends a word to the cell in this folder and prints what it answers. "absent": none runs there. */
export async function sendCommand(
  dataDir: string,
  word: string,
  print: (line: string) => void,
): Promise<"done" | "failed" | "absent"> {
  const socket = connect(socketPath(dataDir));
  const isConnected = await new Promise<boolean>((resolve) => {
    socket.once("connect", () => {
      resolve(true);
    });
    socket.on("error", () => {
      resolve(false);
    });
  });
  if (!isConnected) return "absent";
  socket.write(`${word}\n`);
  for await (const line of createInterface({ input: socket })) {
    if (line === doneLine) return "done";
    if (line === failedLine) return "failed";
    print(line);
  }
  print("The cell has ended before it answered.");
  return "failed";
}
