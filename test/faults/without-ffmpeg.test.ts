import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { expect, it } from "vitest";
import { signUp } from "../support/client.ts";
import { temporaryFolder } from "../support/data-folder.ts";
import { fileForm, newPhoto } from "../support/media-files.ts";
import { mainFile, startServer } from "../support/server-process.ts";

/** Where a node looks for it. */
const places = ["/usr/local/bin", "/usr/bin", "/bin", "/opt/homebrew/bin"];
/** Sees the machine's files as they are, but for what it puts over them. */
const alone = ["unshare", "--mount"] as const;
const canHide = spawnSync(alone[0], [...alone.slice(1), "true"]).status === 0;

/** The server, for which something that cannot be run is in the place of ffmpeg. */
function serverWithoutFfmpeg(): readonly [string, ...string[]] {
  const hidden = places.map((place) => `${place}/ffmpeg`).filter((file) => existsSync(file));
  const hide = hidden.map((file) => `mount --bind /dev/null ${file}`);
  const script = [...hide, 'exec "$0" "$@"'].join(" && ");
  return [...alone, "sh", "-c", script, process.execPath, mainFile, "serve"];
}

it.skipIf(!canHide)(
  "a server without ffmpeg says so at start, refuses videos in words, and takes photos",
  async () => {
    const server = await startServer({
      dataDir: await temporaryFolder(),
      command: serverWithoutFfmpeg(),
    });
    expect(server.output()).toMatch(
      /Videos are not taken: Videos need ffmpeg, which cannot be run here: install ffmpeg/u,
    );
    const { token } = await signUp(server.url, "photographer");
    const upload = async (file: Buffer): Promise<readonly [number, string | undefined]> => {
      const { body, headers } = fileForm(file);
      const response = await fetch(`${server.url}/v1/media`, {
        method: "POST",
        headers: { ...headers, authorization: `Bearer ${token}` },
        body,
      });
      const { code } = (await response.json()) as { readonly code?: string };
      return [response.status, code];
    };
    const video = Buffer.from("\0\0\0\x18ftypisom\0\0\x02\0isommp42\0\0\0\x08mdat", "latin1");
    expect(await upload(video)).toEqual([501, "media.no_video"]);
    expect(await upload(await newPhoto())).toEqual([201, undefined]);
  },
);
