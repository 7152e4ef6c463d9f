import { fork } from "node:child_process";
import type { AdminFound } from "../load/admin-asker.ts";
import { endedWithUs } from "../server/leftovers.ts";

/** How operators fare until they are stopped. */
export function watchAdmin(adminUrl: string): { stop(): Promise<AdminFound> } {
  const asker = endedWithUs(
    fork(new URL("../load/admin-asker.ts", import.meta.url), [adminUrl], { execArgv: [] }),
  );
  const found = new Promise<AdminFound>((resolve, reject) => {
    asker.once("message", (message) => {
      resolve(message as AdminFound);
    });
    asker.once("exit", () => {
      reject(new Error("who asks the operators' port ended without a result"));
    });
  });
  found.catch(() => undefined);
  return {
    stop() {
      asker.send("stop");
      return found;
    },
  };
}
