/** What holds for every route, at the head of the reference. Markdown, as OpenAPI takes it. */
export const apiDescription = `
JSON, UTF-8. Ids are decimal strings, because they have more digits than a number of JavaScript
holds. Times are ISO 8601 in UTC with milliseconds. Enumerations may grow.

**Who asks.** Send \`Authorization: Bearer <token>\`. Browsers may sign in with \`cookie: true\`
instead. A token that is not valid any more is answered 401, also where none is needed.

**Lists** answer \`{"items": […], "nextCursor": "…" | null}\`. Send \`nextCursor\` back as \`cursor\`;
\`null\` alone means the end. Unknown query parameters are ignored.

**Errors** are \`application/problem+json\` (RFC 9457) with a stable \`code\`. Unknown fields in a body
are refused.

**Retries.** Every POST takes an \`Idempotency-Key\`: however often it is sent, the command runs once,
and the first answer comes again, with \`Idempotency-Replayed: true\`. The same key with another body
is 422, and while the first still runs, 409. A command that failed is not kept: its retry runs anew.
After 429, 503 and a lost connection, try again with the same key; \`Retry-After\` says when.

**Read your writes.** A write answers with \`Maru-Position\`; send it with a read to be sure that the
read sees the write, whichever node answers. A client with several writes under way at once keeps the
later position: it is \`region.log.epoch.transaction\` as base64url, and of one log the higher epoch,
then the higher transaction, is later.

**Time.** A request is given up after some seconds. A client that waits less long says so with
\`Maru-Deadline-Ms\`, in milliseconds.
`.trim();
