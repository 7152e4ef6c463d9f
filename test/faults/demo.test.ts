import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { send } from "../support/client.ts";
import { temporaryFolder } from "../support/data-folder.ts";
import { runMaru, startServer, type Server } from "../support/server-process.ts";

/** `serve --demo` as a person meets it who has just cloned the project. */

const exitFailed = 1;

async function end(server: Server): Promise<void> {
  server.child.kill("SIGTERM");
  expect((await server.ended).code).toBe(0);
}

describe("serve --demo", () => {
  it("says whom one may be, serves a folder of its own, and is not mixed with a real one", async () => {
    const folder = await temporaryFolder();
    const dataDir = join(folder, "data");
    const demo = await startServer({ dataDir, flags: ["--demo"] });
    expect(existsSync(dataDir)).toBe(false);
    expect(existsSync(`${dataDir}-demo`)).toBe(true);
    await vi.waitFor(() => {
      expect(demo.output()).toContain(`until you delete the folder ${dataDir}-demo`);
    });
    const [, password = ""] = /with the password {2}(\S+)/.exec(demo.output()) ?? [];
    const handles = [...demo.output().matchAll(/^ +@(\w+) +\S+/gm)].map(([, handle]) => handle);
    expect(handles).toEqual(["maru_ko", "maru_ja", "maru_en"]);
    for (const handle of handles) {
      const body = { handle, password };
      const { status } = await send(demo.url, { method: "POST", path: "/v1/sessions", body });
      expect(status).toBe(201);
    }
    await end(demo);
    expect(demo.output()).not.toMatch(/"level":"(?:warn|error)"/);

    const asReal = await runMaru(["serve", "--data", `${dataDir}-demo`]);
    expect(asReal.code).toBe(exitFailed);
    expect(asReal.output.trim()).toBe(
      `${dataDir}-demo holds the sample community of --demo. Look at it with npm start -- --demo, or choose another data folder with --data.`,
    );

    const real = await startServer({ dataDir });
    await end(real);
    const command = await runMaru(["migrate", "--data", `${dataDir}-demo`]);
    expect([command.code, command.output]).toEqual([asReal.code, asReal.output]);
  });

  it("leaves a real community alone whose folder has the demo's name", async () => {
    const folder = await temporaryFolder();
    const dataDir = join(folder, "data");
    await end(await startServer({ dataDir: `${dataDir}-demo` }));
    const refused = await runMaru(["serve", "--demo", "--data", dataDir]);
    expect(refused.code).toBe(exitFailed);
    expect(refused.output.trim()).toBe(
      `${dataDir}-demo holds data that --demo has not made, and stays as it is. Move it away, or choose another place: --demo --data FOLDER uses FOLDER-demo.`,
    );
    await end(await startServer({ dataDir: `${dataDir}-demo` }));
  });
});
