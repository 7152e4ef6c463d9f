/** What is used here of s3rver, which brings no types. */
declare module "s3rver" {
  import type { IncomingHttpHeaders, Server } from "node:http";
  import type { AddressInfo } from "node:net";

  /** Of Koa, on which it is built. */
  interface Context {
    readonly method: string;
    readonly url: string;
    readonly headers: IncomingHttpHeaders;
    status: number;
    type: string;
    body: string;
  }

  class S3rver {
    constructor(options: {
      readonly address: string;
      readonly port: number;
      readonly silent: boolean;
      readonly directory: string;
    });
    store: object;
    readonly context: { store: object };
    readonly middleware: ((context: Context, next: () => Promise<void>) => Promise<void>)[];
    readonly httpServer: Server;
    on(event: "error", listener: () => void): void;
    run(): Promise<AddressInfo>;
    close(): Promise<void>;
  }
  export = S3rver;
}
