import { describe, expect, it, vi } from "vitest";
import { MaruProblem } from "../../sdk/problem.ts";

/** The page's client asks where it is when it begins. */
vi.hoisted(() => {
  vi.stubGlobal("location", { origin: "http://maru.test" });
});
const { persist } = await import("./persist.ts");

function problem(status: number, retryAfterS?: number): MaruProblem {
  const details = { type: "", title: "", status, detail: "", code: "a.b", requestId: "" };
  return new MaruProblem(details, retryAfterS);
}

/** Sends with these answers, one after another, without waiting between them. */
async function send(answers: readonly (Error | string)[], isOnline = true) {
  const rest = [...answers];
  const said: string[] = [];
  const pauses: number[] = [];
  const uncertain: boolean[] = [];
  const outcome = await persist(
    async ({ mayHaveArrived }) => {
      uncertain.push(mayHaveArrived);
      const answer = rest.shift();
      if (typeof answer === "string") {
        return answer;
      }
      throw answer ?? new Error("no answer is left");
    },
    {
      signal: new AbortController().signal,
      onSend: () => said.push("sending"),
      onWait: (why) => said.push(why),
      pause: async (ms) => void pauses.push(ms),
      isOnline: () => isOnline,
    },
  ).catch((error: unknown) => error);
  return { outcome, said, pauses, uncertain };
}

describe("sending with patience", () => {
  it("is over with the first answer when all is well", async () => {
    expect(await send(["done"])).toEqual({
      outcome: "done",
      said: ["sending"],
      pauses: [],
      uncertain: [false],
    });
  });

  it("goes on while the server is busy or away, and says which", async () => {
    const { outcome, said } = await send([problem(503), new TypeError("network"), "done"]);
    expect(outcome).toBe("done");
    expect(said).toEqual(["sending", "busy", "unreachable"]);
    expect((await send([new TypeError("network"), "done"], false)).said[1]).toBe("offline");
  });

  it("waits as long as the server asks, and longer each time", async () => {
    const { pauses } = await send([problem(429, 30), problem(500), problem(500), "done"]);
    expect(pauses[0]).toBeGreaterThanOrEqual(30_000);
    expect(pauses[0]).toBeLessThan(33_000);
    expect(pauses[1]).toBeLessThan(5_000);
    expect(pauses[2]).toBeLessThan(9_000);
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(1_000);
  });

  it("ends where it would only help to wait for long: after too many wrong passwords", async () => {
    const details = { type: "", title: "", status: 429, detail: "", requestId: "" };
    const refusal = new MaruProblem({ ...details, code: "accounts.too_many_attempts" }, 900);
    expect(await send([refusal, "never"])).toMatchObject({ outcome: refusal, said: ["sending"] });
  });

  it("ends with what the server refuses", async () => {
    const refusal = problem(409);
    const { outcome, said } = await send([problem(503), refusal, "never"]);
    expect(outcome).toBe(refusal);
    expect(said).toEqual(["sending", "busy"]);
  });

  it("knows whether an earlier attempt may have been carried out", async () => {
    const { uncertain } = await send([
      problem(503),
      problem(429),
      new TypeError("network"),
      problem(503),
      "done",
    ]);
    expect(uncertain).toEqual([false, false, false, true, true]);
    expect((await send([problem(502), "done"])).uncertain).toEqual([false, true]);
  });

  it("stops when nobody wants it any more", async () => {
    const ending = new AbortController();
    const sent = vi.fn(() => Promise.reject(new TypeError("network")));
    const attempt = persist(sent, {
      signal: ending.signal,
      onSend: () => undefined,
      onWait: () => undefined,
      pause: async () => {
        ending.abort(new Error("over"));
      },
      isOnline: () => true,
    });
    await expect(attempt).rejects.toThrow("over");
    expect(sent).toHaveBeenCalledTimes(1);
  });
});
