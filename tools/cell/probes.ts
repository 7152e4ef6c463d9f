/** Asks processes whether they live, from outside, over connections that nothing else uses. */
import { get } from "node:http";
import { connect } from "node:net";

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Null: no answer within that time. */
export function ask(url: string, timeoutMs: number): Promise<Answer | null> {
  return new Promise((resolve) => {
    const request = get(
      url,
      { agent: false, signal: AbortSignal.timeout(timeoutMs) },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.on("end", () => {
          resolve({ status: response.statusCode ?? 0, text });
        });
        response.on("error", () => {
          resolve(null);
        });
      },
    );
    request.on("error", () => {
      resolve(null);
    });
  });
}

export async function answersOk(url: string, timeoutMs: number): Promise<boolean> {
  return (await ask(url, timeoutMs))?.status === 200;
}

/** What Redis answers to a PING, whether or not it lets us in. */
export function answersPing(port: number, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(timeoutMs, () => {
      finish(false);
    });
    socket.on("error", () => {
      finish(false);
    });
    socket.on("close", () => {
      finish(false);
    });
    socket.on("connect", () => socket.write("PING\r\n"));
    socket.on("data", () => {
      finish(true);
    });
  });
}
