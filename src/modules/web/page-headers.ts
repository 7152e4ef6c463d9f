/** What a browser is told to refuse to a page of ours. */

/**
 * Everything comes from this server, and no script or style stands in the page itself, so that a
 * text that finds its way into the page can do nothing there. Style attributes that scripts set are
 * not touched by this.
 */
const contentSecurityPolicy = (mediaOrigin: string | null): string => {
  const media = mediaOrigin === null ? "" : ` ${mediaOrigin}`;
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    // What people are about to send is shown to them from where it is: `blob:`.
    `img-src 'self' data: blob:${media}`,
    `media-src 'self' blob:${media}`,
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join("; ");
};

/** What the page never asks for, so that nothing that gets into it can. */
const unusedFeatures = [
  "accelerometer",
  "camera",
  "display-capture",
  "geolocation",
  "gyroscope",
  "magnetometer",
  "microphone",
  "midi",
  "payment",
  "serial",
  "usb",
];
const permissionsPolicy = unusedFeatures.map((feature) => `${feature}=()`).join(", ");

const yearS = 365 * 24 * 60 * 60;

export interface Reach {
  /** People reach the site over TLS alone, by its public URL. */
  readonly isHttps: boolean;
  /** Where photos and videos come from, if not from this server. */
  readonly mediaOrigin: string | null;
}

export function pageHeaders({ isHttps, mediaOrigin }: Reach): Readonly<Record<string, string>> {
  return {
    "content-security-policy": contentSecurityPolicy(mediaOrigin),
    "permissions-policy": permissionsPolicy,
    "cross-origin-opener-policy": "same-origin",
    ...(isHttps ? { "strict-transport-security": `max-age=${yearS}` } : {}),
  };
}
