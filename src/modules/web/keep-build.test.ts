import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { clientFiles } from "../../../test/support/client-folder.ts";
import {
  openTestRecord,
  quietLogger,
  realClock,
  type TestRecord,
} from "../../../test/support/record.ts";
import type { RecordPort } from "../../ports/record.ts";
import { createBuild, type Build } from "./build.ts";
import { createForgetJob, createKeepBuild, type KeepBuild } from "./keep-build.ts";
import { webSchema } from "./schema.ts";

let world: TestRecord;

beforeAll(async () => {
  world = await openTestRecord([webSchema]);
});
afterAll(() => world.close());

const started: KeepBuild[] = [];

beforeEach(async () => {
  await world.sql`TRUNCATE web.files`;
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((one) => one.stop()));
});

function buildOf(id: string): Promise<Build> {
  const files = Object.entries(clientFiles(id)).map(([path, content]) => {
    return [path, Buffer.from(content as string)] as const;
  });
  return createBuild(new Map(files));
}

async function start(id: string, record: RecordPort = world.record): Promise<void> {
  const keep = createKeepBuild(
    { record, clock: realClock, logger: quietLogger },
    await buildOf(id),
  );
  started.push(keep);
  await keep.start();
}

const kept = (): Promise<{ path: string; media: string; build: string }[]> =>
  world.sql`SELECT path, media, build FROM web.files ORDER BY path`;

/** As if these had run so many days ago. */
async function age(build: string, days: number): Promise<void> {
  await world.sql`
    UPDATE web.files SET last_seen_at = now() - make_interval(days => ${days}) WHERE build = ${build}`;
}

const javascript = "text/javascript; charset=utf-8";

describe("a build that starts", () => {
  test("has its hashed files in the record, and no others", async () => {
    await start("one");
    expect(await kept()).toEqual([
      { path: "/assets/one.js", media: javascript, build: "one" },
      { path: "/assets/picture.png", media: "image/png", build: "one" },
      { path: "/assets/shared.js", media: javascript, build: "one" },
    ]);
    const [row] = await world.sql<{ bytes: Buffer }[]>`
      SELECT bytes FROM web.files WHERE path = '/assets/one.js'`;
    expect(row?.bytes.toString()).toBe(clientFiles("one")["assets/one.js"]);
  });

  test("leaves the files of another in place, and takes over what both have", async () => {
    await start("one");
    await start("two");
    expect(await kept()).toMatchObject([
      { path: "/assets/one.js", build: "one" },
      { path: "/assets/picture.png", build: "two" },
      { path: "/assets/shared.js", build: "two" },
      { path: "/assets/two.js", build: "two" },
    ]);
  });

  test("may start on several nodes at once", async () => {
    await Promise.all(["one", "two", "one", "two", "one"].map((id) => start(id)));
    expect(await kept()).toHaveLength(4);
  });
});

test("while the record is away the start goes on, and the files are written later", async () => {
  let failuresLeft = 3;
  const record: RecordPort = {
    ...world.record,
    write: (context, work) =>
      (failuresLeft -= 1) >= 0
        ? Promise.reject(new Error("away"))
        : world.record.write(context, work),
  };
  const logger = { ...quietLogger, warn: vi.fn() };
  const times = { retryMs: 5, retryMsMax: 10 };
  const keep = createKeepBuild({ record, clock: realClock, logger, times }, await buildOf("one"));
  started.push(keep);
  await keep.start();
  expect(logger.warn).toHaveBeenCalledOnce();
  await vi.waitFor(async () => {
    expect(await kept()).toHaveLength(3);
  });
  expect(logger.warn).toHaveBeenCalledTimes(3);
});

test("a build is seen again and again while it runs, and not once it has stopped", async () => {
  let writes = 0;
  const record: RecordPort = {
    ...world.record,
    write(context, work) {
      writes += 1;
      return world.record.write(context, work);
    },
  };
  const deps = { clock: realClock, logger: quietLogger, times: { seenEveryMs: 5 } };
  const keep = createKeepBuild({ ...deps, record }, await buildOf("one"));
  await keep.start();
  await age("one", 40);
  await vi.waitFor(async () => {
    const [row] = await world.sql<{ isSeen: boolean }[]>`
      SELECT min(last_seen_at) > now() - interval '1 hour' AS "isSeen" FROM web.files`;
    expect(row?.isSeen).toBe(true);
  });
  await keep.stop();
  const writesBefore = writes;
  await start("two");
  expect(writes).toBe(writesBefore);
});

describe("builds that have not run for a month", () => {
  test("are forgotten, those that ran since are not", async () => {
    await start("old");
    await start("new");
    await age("old", 31);
    await age("new", 29);
    await createForgetJob(world.record).run();
    expect((await kept()).map(({ path }) => path)).toEqual([
      "/assets/new.js",
      "/assets/picture.png",
      "/assets/shared.js",
    ]);
  });

  test("are forgotten however many files there are, and a running one never is", async () => {
    await world.sql`
      INSERT INTO web.files SELECT '/assets/' || n || '.js', 'text/css', '', 'old', now() - interval '60 days'
      FROM generate_series(1, 250) AS n`;
    await start("one");
    await age("one", 40);
    await start("one");
    await createForgetJob(world.record).run();
    expect(await kept()).toHaveLength(3);
  });
});
