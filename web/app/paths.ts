/** Where each page is. */
export const paths = {
  feed: "/",
  search: "/search",
  friends: "/friends",
  settings: "/settings",
  signIn: "/sign-in",
  signUp: "/sign-up",
  story: (id: string) => `/stories/${id}`,
  profile: (handle: string) => `/@${handle}`,
} as const;
