import { api, maru, type Person } from "../data/client.ts";

const shownMax = 100;

/** Who waits for an answer: the newest hundred, of which the frame says how many there are. */
export async function readReceived(): Promise<readonly Person[]> {
  const query = { direction: "received", limit: shownMax } as const;
  const { items } = await maru.data(api.GET("/v1/friends/requests", { params: { query } }));
  return items;
}
