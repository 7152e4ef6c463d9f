import { navigate } from "wouter/use-browser-location";
import { paths } from "./paths.ts";

/** A visitor wants to do what needs an account: after signing in the reader is back on this page. */
export function askToSignIn(): void {
  const here = `${location.pathname}${location.search}`;
  navigate(`${paths.signIn}?to=${encodeURIComponent(here)}`);
}
