import { defineProblem } from "../../kernel/problem.ts";

export const handleTaken = defineProblem({
  code: "accounts.handle_taken",
  status: 409,
  title: "This handle belongs to someone else.",
});

/** The same for an unknown handle and for a wrong password. */
export const badCredentials = defineProblem({
  code: "accounts.bad_credentials",
  status: 401,
  title: "The handle or the password is wrong.",
});

/** Who is signed in gave a wrong password for something that needs it again. */
export const badPassword = defineProblem({
  code: "accounts.bad_password",
  status: 403,
  title: "The password is wrong.",
});

/** Also for the right password: otherwise it could be found by trying on. */
export const tooManyAttempts = defineProblem({
  code: "accounts.too_many_attempts",
  status: 429,
  title: "There were too many wrong passwords. Try again later.",
});

export const hashingBusy = defineProblem({
  code: "accounts.hashing_busy",
  status: 503,
  title: "Too many people are signing in right now. Try again soon.",
});
