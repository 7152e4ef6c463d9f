import { createServer } from "node:http";
import { once } from "node:events";

/** A site of somebody else, to which stories lead. */
export interface OtherSite {
  /** Without a slash at the end. */
  readonly url: string;
  /** What a path gives from now on. */
  put(path: string, contentType: string, body: string | Buffer): void;
  close(): Promise<void>;
}

/** An address of this machine that nothing else uses; a node fetches from it when it is told that it may. */
export const otherSiteAddress = "127.0.77.1";
/** Ports of pages for people that need no rights. */
const ports = [8_080, 8_443];

export async function openOtherSite(): Promise<OtherSite> {
  const pages = new Map<string, { readonly contentType: string; readonly body: string | Buffer }>();
  const server = createServer(({ url = "" }, response) => {
    const page = pages.get(url);
    if (page === undefined) {
      response.writeHead(404).end();
    } else {
      response.writeHead(200, { "content-type": page.contentType }).end(page.body);
    }
  });
  const port = await listen(server);
  return {
    url: `http://${otherSiteAddress}:${port}`,
    put(path, contentType, body) {
      pages.set(path, { contentType, body });
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** On the first port that is free. */
async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  for (const port of ports) {
    const listening = once(server, "listening");
    server.listen(port, otherSiteAddress);
    const isFree = await listening.then(
      () => true,
      () => false,
    );
    if (isFree) {
      return port;
    }
  }
  throw new Error(`no port of ${ports.join(", ")} is free at ${otherSiteAddress}`);
}
