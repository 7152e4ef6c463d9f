/**
 * What a page is made of, kept for when there is no network: one page for all addresses, and every
 * file of its build. Nothing of the API is kept: that is the page's own matter.
 */
export interface Shell {
  /** The build, as its page names it. */
  readonly build: string;
  /** The paths of its files, the page itself not among them. */
  readonly files: readonly string[];
}

export interface KeptShell {
  /** Keeps everything, or nothing: rejects when the server has another build by now. */
  keep(): Promise<void>;
  /** Lets go of builds that are older than the one before this. */
  forgetOlder(): Promise<void>;
  isFile(path: string): boolean;
  /** The file as it is kept, by whichever build, or from the network. */
  file(request: Request): Promise<Response>;
  /** The page from the network; the kept one when that fails or takes too long. */
  page(fromNetwork: Promise<Response>): Promise<Response>;
}

interface KeptShellDeps {
  readonly shell: Shell;
  readonly caches: Pick<CacheStorage, "open" | "delete" | "keys" | "match">;
  readonly fetch: (request: RequestInfo, init?: RequestInit) => Promise<Response>;
  /** Resolves after so long. */
  readonly pause: (ms: number) => Promise<void>;
}

const prefix = "maru-shell-";
const pagePath = "/";
/** From then on the kept page comes sooner than anything else. */
const patienceMs = 3_000;
const brokenMin = 500;
/** Packed or not, a file is the same. */
const anyEncoding = { ignoreVary: true } as const;

export function createKeptShell({ shell, caches, fetch, pause }: KeptShellDeps): KeptShell {
  const name = `${prefix}${shell.build}`;
  const files = new Set(shell.files);

  /** In a moment when several builds are being served, the page may come from another one. */
  async function fetchPage(): Promise<Response> {
    const response = await fetch(pagePath, { cache: "no-cache" });
    const text = await response.clone().text();
    if (!response.ok || !text.includes(`content="${shell.build}"`)) {
      throw new Error("the server has another build by now");
    }
    return response;
  }

  async function keptPage(): Promise<Response | undefined> {
    const own = await caches.open(name);
    return (await own.match(pagePath, anyEncoding)) ?? caches.match(pagePath, anyEncoding);
  }

  return {
    async keep() {
      const cache = await caches.open(name);
      try {
        const page = await fetchPage();
        await cache.addAll(shell.files);
        await cache.put(pagePath, page);
      } catch (error) {
        await caches.delete(name);
        throw error;
      }
    },
    async forgetOlder() {
      const names = await caches.keys();
      // They come in the order in which they were made.
      const others = names.filter((other) => other.startsWith(prefix) && other !== name);
      await Promise.all(others.slice(0, -1).map((other) => caches.delete(other)));
    },
    isFile: (path) => path.startsWith("/assets/") || files.has(path),
    async file(request) {
      const own = await caches.open(name);
      const kept =
        (await own.match(request, anyEncoding)) ?? (await caches.match(request, anyEncoding));
      return kept ?? fetch(request);
    },
    async page(fromNetwork) {
      const answer = fromNetwork.then(
        (response) => (response.status < brokenMin ? response : null),
        () => null,
      );
      const first = await Promise.race([answer, pause(patienceMs).then(() => null)]);
      return first ?? (await keptPage()) ?? fromNetwork;
    },
  };
}

/** Addresses of the server that are no page of the client. */
const otherPaths = /^\/(?:v1|docs|assets|icons|media)(?:\/|$)|\.[a-z]+$/;

export function isPagePath(path: string): boolean {
  return !otherPaths.test(path);
}
