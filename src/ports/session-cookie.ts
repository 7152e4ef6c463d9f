/**
 * How a session's token travels in a cookie, for clients that sign in with `{cookie: true}`: the
 * accounts module puts these values into the `set-cookie` header of its answers, and the HTTP host
 * reads the cookie back. HttpOnly keeps it from scripts, SameSite=Lax from most requests of other
 * sites; the host refuses the rest.
 */
export const sessionCookieName = "maru_session";

export interface SessionCookieOptions {
  /** `Call.secure`: the browser then sends the cookie over TLS alone. */
  readonly secure: boolean;
}

export function sessionCookie(
  token: string,
  options: SessionCookieOptions & { readonly maxAgeS: number },
): string {
  return serialize(token, options.maxAgeS, options.secure);
}

/** Makes the browser forget the cookie. */
export function clearedSessionCookie(options: SessionCookieOptions): string {
  return serialize("", 0, options.secure);
}

function serialize(value: string, maxAgeS: number, secure: boolean): string {
  const cookie = `${sessionCookieName}=${value}; Path=/; Max-Age=${maxAgeS}; HttpOnly; SameSite=Lax`;
  return secure ? `${cookie}; Secure` : cookie;
}
