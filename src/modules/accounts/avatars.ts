import type { DurableConsumer } from "../../ports/log.ts";
import type { Transaction } from "../../ports/record.ts";
import type { Media, MediaCopy } from "../media/contract.ts";
import type { Changed } from "../media/events.ts";
import { foldName } from "./rules.ts";
import { lockAccount, updateAccount } from "./store.ts";

/** Brings accounts in line with their avatars: once the picture is ready, it has an address. */

const attemptsMax = 20;

export function createAvatarFollower(deps: {
  readonly media: Pick<Media, "current">;
}): DurableConsumer {
  return {
    name: "accounts.avatars",
    types: ["media.changed.v1"],
    attemptsMax,
    async handle(context, event, tx) {
      const { mediaId, accountIds } = event.data as unknown as Changed;
      if (accountIds.length === 0) {
        return;
      }
      const [copy = null] = await deps.media.current(context, [BigInt(mediaId)]);
      for (const accountId of accountIds) {
        await renew(tx, accountId, { mediaId, copy });
      }
    },
  };
}

/** Facts may come late: what the account has already of a newer version stays. What is gone is shown no more. */
async function renew(
  tx: Transaction,
  accountId: string,
  { mediaId, copy }: { readonly mediaId: string; readonly copy: MediaCopy | null },
): Promise<void> {
  const id = BigInt(accountId);
  const row = await lockAccount(tx.sql, id);
  const isShown = row?.avatar?.id === mediaId;
  const isNewer = copy === null || (row?.avatar?.version ?? 0) < copy.version;
  if (row === null || !isShown || !isNewer) {
    return;
  }
  const version = row.version + 1;
  await updateAccount(tx.sql, { ...row, avatar: copy, version }, foldName(row.name));
  tx.append({
    type: "accounts.updated.v1",
    aggregate: { type: "account", id, version },
    actorId: null,
    data: { accountId, version },
  });
}
