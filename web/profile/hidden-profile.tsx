import { useQuery } from "@tanstack/react-query";
import { NotFoundPage } from "../app/not-found-page.tsx";
import { PageHead } from "../app/page-head.tsx";
import { strangers, type KnownAccount } from "../data/people.ts";
import { keys } from "../data/queries.ts";
import { useMe } from "../data/session.ts";
import { useText } from "../language/language.ts";
import { findBlocked } from "../people/people-lists.ts";
import { ProfileHead, ProfileSkeleton } from "./profile-head.tsx";

const blocked = { ...strangers, blocked: true };

/**
 * Nobody is called so, or they are not to be seen. A block hides both from each other, so whether it
 * was the reader's own is in the reader's list alone: then it can be undone here.
 */
export function HiddenProfile(props: {
  readonly handle: string;
  /** As it was before it was hidden. */
  readonly known: KnownAccount | undefined;
}) {
  const { handle, known } = props;
  const t = useText();
  const isSignedIn = Boolean(useMe());
  const isBlockedHere = known?.relationship?.blocked === true;
  const { data: found, isPending } = useQuery({
    queryKey: keys.blockedCalled(handle),
    queryFn: ({ signal }) => findBlocked(handle, signal),
    enabled: isSignedIn && !isBlockedHere,
  });
  const person = isBlockedHere ? known.account : found;
  if (isSignedIn && !isBlockedHere && isPending) {
    return (
      <>
        <PageHead title={`@${handle}`} hasBack />
        <ProfileSkeleton label={t("profile.loading")} />
      </>
    );
  }
  if (person === undefined || person === null) {
    return <NotFoundPage />;
  }
  return (
    <>
      <PageHead title={person.name} hasBack />
      <ProfileHead account={person} relationship={blocked} />
    </>
  );
}
