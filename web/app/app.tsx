import { Suspense, useEffect, useLayoutEffect, type ReactNode } from "react";
import { Redirect, Route, Switch, useLocation } from "wouter";
import { ComposerHost } from "../compose/composer-host.tsx";
import { useAway, useMe, type Me } from "../data/session.ts";
import { reactions, stories } from "../data/world.ts";
import { Skeletons } from "../design/skeleton.tsx";
import { State } from "../design/state.tsx";
import { FeedPage } from "../feed/feed-page.tsx";
import { speak, useText } from "../language/language.ts";
import { StoryPage } from "../story/story-page.tsx";
import { tellOfReaction } from "../story/tell-of-reaction.ts";
import { useLive } from "./connection.ts";
import { ErrorBoundary } from "./error-boundary.tsx";
import { lazyPage } from "./lazy-page.ts";
import { NotFoundPage } from "./not-found-page.tsx";
import { Notices } from "./notices-view.tsx";
import { paths } from "./paths.ts";
import { Shell } from "./shell.tsx";
import { VisitorShell } from "./visitor-shell.tsx";

/** What is not needed for the feed comes when it is gone to. */
const ProfilePage = lazyPage(async () => (await import("../profile/profile-page.tsx")).ProfilePage);
const FriendsPage = lazyPage(async () => (await import("../people/friends-page.tsx")).FriendsPage);
const SearchPage = lazyPage(async () => (await import("../people/search-page.tsx")).SearchPage);
const SettingsPage = lazyPage(
  async () => (await import("../settings/settings-page.tsx")).SettingsPage,
);
const SignInPage = lazyPage(async () => (await import("../entrance/sign-in-page.tsx")).SignInPage);
const SignUpPage = lazyPage(async () => (await import("../entrance/sign-up-page.tsx")).SignUpPage);

export function App() {
  const me = useMe();
  const [path] = useLocation();
  const locale = me?.locale;
  useEffect(() => {
    // Also where it is spoken already: then no earlier wish may turn the page to another any more.
    if (locale !== undefined) {
      void speak(locale);
    }
  }, [locale]);
  useEffect(() => {
    document.getElementById("content")?.focus({ preventScroll: true });
  }, [path]);
  return (
    <>
      {me === undefined ? <Waiting /> : me === null ? <Visitor /> : <SignedIn me={me} />}
      <Notices />
    </>
  );
}

function Waiting() {
  const t = useText();
  const away = useAway();
  if (away === "busy") {
    return <State icon="clock" title={t("app.busy.title")} text={t("app.busy.text")} urgent />;
  }
  if (away === "unreachable") {
    return <State icon="offline" title={t("app.away.title")} text={t("app.away.text")} urgent />;
  }
  return <Skeletons of="story" count={3} label={t("app.loading")} />;
}

/** A page begins at its top; one that keeps a place goes there itself, right afterwards. */
function PageTop() {
  const [path] = useLocation();
  useLayoutEffect(() => {
    globalThis.scrollTo({ top: 0 });
  }, [path]);
  return null;
}

/** A page that breaks, or that has not come yet, leaves the frame around it as it is. */
function Lazy({ children }: { readonly children: ReactNode }) {
  const [path] = useLocation();
  return (
    <ErrorBoundary place={path}>
      <PageTop />
      <Suspense fallback={<Waiting />}>{children}</Suspense>
    </ErrorBoundary>
  );
}

function SignedIn({ me }: { readonly me: Me }) {
  useLive(me.id);
  useEffect(() => reactions.failed.listen(tellOfReaction), []);
  useEffect(() => {
    stories.renewAuthor(me);
  }, [me]);
  return (
    <Shell me={me}>
      <Lazy>
        <Switch>
          <Route path={paths.feed} component={FeedPage} />
          <Route path={paths.signIn}>
            <Redirect to={paths.feed} replace />
          </Route>
          <Route path={paths.signUp}>
            <Redirect to={paths.feed} replace />
          </Route>
          <Route path={`${paths.friends}/:list?`} component={FriendsPage} />
          <Route path={paths.search} component={SearchPage} />
          <Route path={`${paths.settings}/:section?`} component={SettingsPage} />
          {publicRoutes()}
        </Switch>
      </Lazy>
      <ComposerHost />
    </Shell>
  );
}

/** Without an account: what is public can be read, everything else begins with signing in. */
function Visitor() {
  return (
    <VisitorShell>
      <Lazy>
        <Switch>
          <Route path={paths.signUp} component={SignUpPage} />
          <Route path={paths.signIn} component={SignInPage} />
          {[paths.feed, paths.search, `${paths.friends}/:list?`, `${paths.settings}/:section?`].map(
            (own) => (
              <Route key={own} path={own} component={SignInPage} />
            ),
          )}
          {publicRoutes()}
        </Switch>
      </Lazy>
    </VisitorShell>
  );
}

function publicRoutes(): readonly ReactNode[] {
  return [
    <Route key="story" path="/stories/:id">
      {({ id }) => <StoryPage key={id} id={id} />}
    </Route>,
    <Route key="profile" path="/:handle/:list?">
      {({ handle, list }) =>
        handle.startsWith("@") ? (
          <ProfilePage key={handle} handle={handle.slice(1)} list={list ?? "stories"} />
        ) : (
          <NotFoundPage />
        )
      }
    </Route>,
    <Route key="other">
      <NotFoundPage />
    </Route>,
  ];
}
