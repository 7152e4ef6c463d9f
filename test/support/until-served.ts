import { setTimeout as pause } from "node:timers/promises";

const attemptsMax = 50;
const pauseMs = 100;

/** Nodes of one process lose their leases while a test keeps it busy; they refuse before they begin. */
export async function untilServed<Reply>(
  ask: () => Promise<Reply>,
  isRefused: (reply: Reply) => boolean,
): Promise<Reply> {
  let reply = await ask();
  for (let attempt = 1; isRefused(reply) && attempt < attemptsMax; attempt += 1) {
    await pause(pauseMs);
    reply = await ask();
  }
  return reply;
}
