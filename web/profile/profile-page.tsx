import { useQuery } from "@tanstack/react-query";
import { NotFoundPage } from "../app/not-found-page.tsx";
import { PageHead } from "../app/page-head.tsx";
import { isProblem } from "../data/client.ts";
import { readAccount } from "../data/people.ts";
import { keys } from "../data/queries.ts";
import { useFailure } from "../data/use-failure.ts";
import { useMe } from "../data/session.ts";
import { useText } from "../language/language.ts";
import { isOthersList } from "../people/people-lists.ts";
import { ReadFailure } from "../people/read-failure.tsx";
import { HiddenProfile } from "./hidden-profile.tsx";
import { ProfileHead, ProfileSkeleton } from "./profile-head.tsx";
import { ProfileLists } from "./profile-lists.tsx";
import { ProfileStories } from "./profile-stories.tsx";

interface ProfilePageProps {
  readonly handle: string;
  /** "stories", or which list of people. */
  readonly list: string;
}

const notFound = 404;

/** Somebody's page: who they are, how the reader stands to them, and what they wrote. */
export function ProfilePage({ handle, list }: ProfilePageProps) {
  const t = useText();
  const me = useMe();
  const name = `@${handle}`;
  const query = useQuery({ queryKey: keys.account(name), queryFn: () => readAccount(name) });
  const { data, error } = query;
  const failure = useFailure(query);
  if (list !== "stories" && !isOthersList(list)) {
    return <NotFoundPage />;
  }
  if (isProblem(error) && error.status === notFound) {
    return <HiddenProfile handle={handle} known={data} />;
  }
  if (data === undefined) {
    return (
      <>
        <PageHead title={name} hasBack />
        {failure === null ? (
          <ProfileSkeleton label={t("profile.loading")} />
        ) : (
          <ReadFailure error={failure} onRetry={() => void query.refetch()} />
        )}
      </>
    );
  }
  const { account, relationship } = data;
  if (relationship?.blocked === true) {
    return <HiddenProfile handle={handle} known={data} />;
  }
  if (list !== "stories") {
    return <ProfileLists key={list} account={account} list={list} />;
  }
  return (
    <>
      <PageHead title={account.name} hasBack />
      <ProfileHead account={account} relationship={relationship} />
      <ProfileStories key={account.id} account={account} isOwn={me?.id === account.id} />
    </>
  );
}
