import type { Id } from "../../kernel/id.ts";
import { invalidInput, unauthenticated, type InputError } from "../../kernel/problem.ts";
import type { Transaction } from "../../ports/record.ts";
import type { Context } from "../../kernel/context.ts";
import { parseId } from "../../kernel/id.ts";
import type { Media, MediaCopy } from "../media/contract.ts";
import { checkProfile, foldName, type ProfileChanges } from "./rules.ts";
import { lockAccount, updateAccount, type AccountRow } from "./store.ts";

/** What people change about their account. */

export interface Changes extends ProfileChanges {
  /** Null: none from now on. Not there: as it is. */
  readonly avatar?: MediaCopy | null;
}

/** Throws a 400 with everything that is wrong. */
export async function checkChanges(
  context: Context,
  { media, accountId }: { readonly media: Pick<Media, "usable">; readonly accountId: Id },
  { avatarId, ...input }: ProfileChanges & { readonly avatarId?: string | null },
): Promise<Changes> {
  const { value, errors: found } = checkProfile(input);
  const errors: InputError[] = [...found];
  const avatar = await avatarOf(context, { media, accountId }, avatarId);
  if (avatar === "unknown") {
    errors.push({ path: "/avatarId", message: "is not a picture of yours" });
  }
  if (errors.length > 0) {
    const detail = errors.map(({ path, message }) => `${path}: ${message}`).join("; ");
    throw invalidInput({ detail, errors });
  }
  return avatar === undefined || avatar === "unknown" ? value : { ...value, avatar };
}

async function avatarOf(
  context: Context,
  { media, accountId }: { readonly media: Pick<Media, "usable">; readonly accountId: Id },
  avatarId: string | null | undefined,
): Promise<MediaCopy | "unknown" | null | undefined> {
  if (avatarId === null || avatarId === undefined) {
    return avatarId;
  }
  const id = parseId(avatarId);
  const [copy = null] = id === undefined ? [] : await media.usable(context, accountId, [id]);
  return copy?.kind === "image" ? copy : "unknown";
}

/** What is known of the same picture already may be newer than what was read before the account was locked. */
function avatarAfter({ avatar }: AccountRow, changes: Changes): MediaCopy | null {
  if (changes.avatar === undefined) {
    return avatar;
  }
  const isNewer =
    avatar?.id === changes.avatar?.id && (avatar?.version ?? 0) > (changes.avatar?.version ?? 0);
  return isNewer ? avatar : changes.avatar;
}

/** Gives the account as it is then. What changes nothing is no new version. */
export async function changeProfile(
  tx: Transaction,
  accountId: Id,
  changes: Changes,
): Promise<AccountRow> {
  const row = await lockAccount(tx.sql, accountId);
  if (row === null) {
    throw unauthenticated();
  }
  const wanted: AccountRow = {
    ...row,
    name: changes.name ?? row.name,
    bio: changes.bio ?? row.bio,
    locale: changes.locale ?? row.locale,
    time_zone: changes.timeZone ?? row.time_zone,
    privacy: changes.privacy ?? row.privacy,
    avatar: avatarAfter(row, changes),
  };
  const hasNewAvatar = wanted.avatar?.id !== row.avatar?.id;
  const isSame = (Object.keys(wanted) as (keyof AccountRow)[]).every(
    (key) => key === "avatar" || wanted[key] === row[key],
  );
  if (isSame && !hasNewAvatar) {
    return row;
  }
  const next: AccountRow = { ...wanted, version: row.version + 1 };
  await updateAccount(tx.sql, next, foldName(next.name));
  tx.append({
    type: "accounts.updated.v1",
    aggregate: { type: "account", id: accountId, version: next.version },
    actorId: accountId,
    data: {
      accountId: String(accountId),
      version: next.version,
      ...(hasNewAvatar ? { avatarId: next.avatar?.id ?? null } : {}),
    },
  });
  return next;
}
