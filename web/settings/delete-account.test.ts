import { describe, expect, it, vi } from "vitest";
import { MaruProblem } from "../../sdk/problem.ts";

/** The page's client asks where it is when it begins. */
vi.hoisted(() => {
  vi.stubGlobal("location", { origin: "http://maru.test" });
});
const { deleteAccount, forgetOnThisDevice } = await import("./delete-account.ts");
const { lasting, ofThisTab } = await import("../data/memory.ts");

const { signal } = new AbortController();
const id = "2047";

function problem(status: number, code: string): MaruProblem {
  return new MaruProblem({ type: "", title: "", status, detail: "", code, requestId: "" });
}
const badPassword = problem(403, "accounts.bad_password");
const signedOut = problem(401, "request.unauthenticated");

/** A server with one account, whose first answer may get lost. */
function server({ losesFirst = false, isSignedIn = true } = {}) {
  const own = { isThere: true, isSignedIn, isLost: losesFirst };
  return {
    own,
    calls: {
      async remove(password: string): Promise<void> {
        if (!own.isSignedIn) {
          throw signedOut;
        }
        if (password !== "right") {
          throw badPassword;
        }
        own.isThere = own.isSignedIn = false;
        if (own.isLost) {
          own.isLost = false;
          throw new TypeError("network");
        }
      },
      async read(): Promise<void> {
        if (!own.isThere) {
          throw problem(404, "request.not_found");
        }
      },
    },
  };
}

describe("deleting the account", () => {
  it("is done with the right password, and refused with a wrong one", async () => {
    const { own, calls } = server();
    const attempt = { signal, mayHaveArrived: false };
    await expect(deleteAccount(id, "wrong", calls)(attempt)).rejects.toBe(badPassword);
    expect(await deleteAccount(id, "right", calls)(attempt)).toBe(true);
    expect(own.isThere).toBe(false);
  });

  it("is done although the answer got lost", async () => {
    const { calls } = server({ losesFirst: true });
    const send = deleteAccount(id, "right", calls);
    await expect(send({ signal, mayHaveArrived: false })).rejects.toThrow("network");
    expect(await send({ signal, mayHaveArrived: true })).toBe(true);
  });

  it("is not taken for done when the session alone is over", async () => {
    const { calls } = server({ isSignedIn: false });
    const send = deleteAccount(id, "right", calls);
    await expect(send({ signal, mayHaveArrived: false })).rejects.toBe(signedOut);
    await expect(send({ signal, mayHaveArrived: true })).rejects.toBe(signedOut);
  });
});

it("leaves nothing of the person in this browser, and all that others left", () => {
  for (const memory of [lasting, ofThisTab]) {
    memory.write(`maru.draft.${id}.story`, "text");
    memory.write(`maru.changes.${id}`, "{}");
    memory.write("maru.draft.20470.story", "text");
    memory.write("maru.theme", "dark");
  }
  forgetOnThisDevice(id);
  for (const memory of [lasting, ofThisTab]) {
    expect(memory.keys("maru.").toSorted()).toEqual(["maru.draft.20470.story", "maru.theme"]);
  }
});
