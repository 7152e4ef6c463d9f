import { createHash } from "node:crypto";
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";

export interface S3ClientOptions {
  /** Scheme, host and port; null: AWS itself. */
  readonly endpoint: string | null;
  /** Null: where the AWS SDK looks for it. */
  readonly region: string | null;
  /** The bucket stands in the path; otherwise it is part of the host's name. */
  readonly pathStyle: boolean;
  /** Null: where the AWS SDK looks for them. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
}

export interface S3Bounds {
  readonly sockets: number;
  /** From the beginning of a request to the beginning of its answer. */
  readonly answerMs: number;
  /** How long a connection may be silent while something is under way; 0 for any time. */
  readonly silentMs: number;
}

const connectMs = 3_000;
const attemptsMax = 3;

export function createClient(
  { endpoint, region, pathStyle, credentials }: S3ClientOptions,
  { sockets, answerMs, silentMs }: S3Bounds,
): S3Client {
  const agent = { keepAlive: true, maxSockets: sockets };
  const config: S3ClientConfig = {
    ...(endpoint === null ? {} : { endpoint }),
    ...(region === null ? {} : { region }),
    ...(credentials === null ? {} : { credentials }),
    forcePathStyle: pathStyle,
    maxAttempts: attemptsMax,
    // Many stores do not know the checksums that the SDK adds by itself since 2025, and refuse them.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    // It opens a connection of its own for each request that has the header, however many there are.
    expectContinueHeader: false,
    requestHandler: {
      httpAgent: agent,
      httpsAgent: agent,
      connectionTimeout: connectMs,
      requestTimeout: answerMs,
      throwOnRequestTimeout: true,
      socketTimeout: silentMs,
      logger: silent,
    },
  };
  const client = new S3Client(config);
  useMd5OfDeletions(client);
  return client;
}

/** What is wrong is told by errors. */
const silent = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

/**
 * A list of what is to be deleted must have a checksum. The one that all stores know is MD5; the SDK
 * sends a CRC32, which older ones do not know.
 */
function useMd5OfDeletions(client: S3Client): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        if (commandName === "DeleteObjectsCommand") {
          const { headers, body } = args.request as {
            readonly headers: Record<string, string>;
            readonly body: string;
          };
          for (const name of Object.keys(headers)) {
            if (/^x-amz-(?:sdk-)?checksum-/i.test(name)) Reflect.deleteProperty(headers, name);
          }
          headers["content-md5"] = createHash("md5").update(body).digest("base64");
        }
        return await next(args);
      },
    // After the SDK has added its own.
    { name: "md5OfDeletions", step: "build", priority: "low" },
  );
}
