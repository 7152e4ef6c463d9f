/** Fields that must never reach a log, wherever an object that is logged has them. */
const secretFields = [
  "password",
  "passwordHash",
  "token",
  "secret",
  "authorization",
  "cookie",
  "set-cookie",
];

export const redactedPaths: readonly string[] = secretFields.flatMap((field) => {
  const quoted = `["${field}"]`;
  return [quoted, `*${quoted}`, `*.*${quoted}`];
});

export const redactedText = "[redacted]";
