import { Type, type TNumber } from "typebox";
import { defineRoute, type Route } from "../../ports/routes.ts";
import type { Reports } from "./reports.ts";

/** Takes what pages tell of themselves; sent by `navigator.sendBeacon`, which sees no answer. */

const bodyBytesMax = 64 * 1024;
const messageCharactersMax = 1_000;
const stackCharactersMax = 8_000;
const pageCharactersMax = 2_048;
const buildCharactersMax = 64;
/** A page that took longer was asleep. */
const timingMsMax = 3_600_000;
const shiftMax = 1_000;

const page = Type.String({
  maxLength: pageCharactersMax,
  description: "The path of the page. Of whom or what it is about, nothing is kept.",
});

const timing = (description: string): TNumber =>
  Type.Number({ minimum: 0, maximum: timingMsMax, description });

export function createReportRoutes(reports: Reports): readonly Route[] {
  return [
    defineRoute({
      method: "POST",
      path: "/v1/client-errors",
      operationId: "reportClientError",
      tag: "Web client",
      summary: "Tell the operator of an error in a page",
      description:
        "The error becomes a line in the server's log. When there are too many at once, what is too much is only counted.",
      viewer: "optional",
      keepsNothing: true,
      load: "batch",
      bodyBytesMax,
      body: Type.Object(
        {
          message: Type.String({ maxLength: messageCharactersMax }),
          stack: Type.Optional(Type.String({ maxLength: stackCharactersMax })),
          page,
          build: Type.String({
            maxLength: buildCharactersMax,
            description: "Of the page that tells; as in `GET /client.json`.",
          }),
          kind: Type.Optional(
            Type.String({
              pattern: "^[a-z][a-z-]{0,39}$",
              description: "Where it was caught, such as `render`; `error` where it is left out.",
            }),
          ),
        },
        { additionalProperties: false },
      ),
      answers: { 204: null },
      handle({ context, body }) {
        reports.error(context.requestId, body);
        return Promise.resolve({ status: 204 });
      },
    }),
    defineRoute({
      method: "POST",
      path: "/v1/page-timings",
      operationId: "reportPageTimings",
      tag: "Web client",
      summary: "Tell the operator how long a page took",
      description: "The times go into the server's metrics, by the kind of page alone.",
      viewer: "optional",
      keepsNothing: true,
      load: "batch",
      bodyBytesMax,
      body: Type.Object(
        {
          page,
          dnsMs: Type.Optional(timing("Finding the address of the site.")),
          connectMs: Type.Optional(timing("Connecting, TLS included.")),
          tlsMs: Type.Optional(timing("Of connecting, what TLS took.")),
          firstByteMs: Type.Optional(timing("From the request of the page to its first byte.")),
          downloadMs: Type.Optional(timing("From its first byte to its last.")),
          readyMs: Type.Optional(timing("Until the page shows what it is about.")),
          lcpMs: Type.Optional(timing("Largest contentful paint.")),
          inpMs: Type.Optional(timing("Interaction to next paint.")),
          cls: Type.Optional(
            Type.Number({
              minimum: 0,
              maximum: shiftMax,
              description: "Cumulative layout shift.",
            }),
          ),
        },
        { additionalProperties: false },
      ),
      answers: { 204: null },
      handle({ body }) {
        reports.timings(body);
        return Promise.resolve({ status: 204 });
      },
    }),
  ];
}
