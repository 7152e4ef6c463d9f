import { describe, expect, it, vi } from "vitest";
import { MaruProblem } from "../../sdk/problem.ts";

/** The page's client asks where it is when it begins. */
vi.hoisted(() => {
  vi.stubGlobal("location", { origin: "http://maru.test" });
});
const { changePassword } = await import("./change-password.ts");

const { signal } = new AbortController();
const badPassword = new MaruProblem({
  type: "",
  title: "",
  status: 403,
  detail: "",
  code: "accounts.bad_password",
  requestId: "",
});

/** A server with one password, whose first answer may get lost. */
function server(password: string, losesFirst = false) {
  let now = password;
  let isLost = losesFirst;
  const put = async ({ current, next }: { current: string; next: string }): Promise<void> => {
    if (current !== now) {
      throw badPassword;
    }
    now = next;
    if (isLost) {
      isLost = false;
      throw new TypeError("network");
    }
  };
  return { put, password: () => now };
}

const attempt = (mayHaveArrived: boolean) => ({ signal, mayHaveArrived });

describe("changing the password", () => {
  it("is done when the current one is right, and refused when it is not", async () => {
    const { put, password } = server("old password");
    const wrong = changePassword({ current: "wrong", next: "new password" }, put);
    await expect(wrong(attempt(false))).rejects.toBe(badPassword);
    await changePassword({ current: "old password", next: "new password" }, put)(attempt(false));
    expect(password()).toBe("new password");
  });

  it("is done although the answer got lost", async () => {
    const { put, password } = server("old password", true);
    const change = changePassword({ current: "old password", next: "new password" }, put);
    await expect(change(attempt(false))).rejects.toThrow("network");
    expect(await change(attempt(true))).toBe(true);
    expect(password()).toBe("new password");
  });

  it("is refused with a wrong password also after an answer that got lost", async () => {
    const { put } = server("old password");
    const change = changePassword({ current: "wrong", next: "new password" }, put);
    await expect(change(attempt(true))).rejects.toBe(badPassword);
  });
});
