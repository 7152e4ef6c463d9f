import { describeMachine } from "../measure/machine.ts";
import { createTally } from "../measure/rounds.ts";
import { roundedFigures, type Report } from "../report/report.ts";
import { scaleDoor } from "../scale-door.ts";
import { sizes } from "../seed/arithmetic.ts";
import { prepare, type SuiteOptions } from "../server/served-community.ts";
import { measureCold } from "./scale-cold.ts";
import { measureBelowFloor, measureWindow } from "./scale-window.ts";

/** How cost grows with the community: memory, pages far back, a restart, and accounts. */
const doorStories = 18_000_000;
const doorFriends = 200;

export async function benchScale(options: SuiteOptions): Promise<Report> {
  const machine = describeMachine();
  const prepared = await prepare(
    options,
    options.size ?? (options.isQuick ? sizes.town : sizes.country),
  );
  const tally = createTally();
  try {
    const window = await measureWindow(prepared, tally, options);
    const figures: Record<string, number> = {
      ...window.figures,
      ...(await measureBelowFloor(prepared, window.pages, options)),
      ...(await measureCold(prepared, options)),
      ...(await throughTheDoor(options)),
    };
    return {
      suite: "scale",
      machine,
      data: prepared.description,
      figures: roundedFigures({ ...figures, ...tally.medians() }),
      rounds: tally.rounds(),
      spreads: tally.spreads(),
      notes: [
        "bytes_per_story: by the index's own account, of stories and reshares; by_memory: the process's growth against one with an empty window, with what the loading left on the heap",
        "bytes_per_friendship: of a viewer with 200 friends, from what viewers with few and with 5,000 were seen to take",
        "pages far back: CPU of the server, pinned, the greater of that for usual readers and for those with 5,000 friends",
        "cold: open model, viewers who were away for two days, right after a restart with the default window, while it fills; the system's file cache was not emptied",
        "accounts10m_over_10k: seeded at the cache's door, without a record, behind the HTTP server of a reading thread",
      ],
      charts: [
        {
          kind: "bars",
          title: "CPU of a page",
          unit: "µs",
          bars: ["first_page", "deep_page", "first_page5000", "deep_page5000"].map((name) => ({
            name: name.replaceAll("_", " "),
            parts: [{ name: "server", value: tally.medians()[`${name}_cpu_us`] ?? 0 }],
          })),
        },
      ],
    };
  } finally {
    await prepared.remove();
  }
}

async function throughTheDoor({ isQuick }: SuiteOptions): Promise<Record<string, number>> {
  const options = { seconds: isQuick ? 2 : 15 };
  const of = { friendsEach: doorFriends };
  const most = isQuick
    ? { ...of, accounts: 100_000, stories: 200_000 }
    : { ...of, accounts: 10_000_000, stories: doorStories };
  const small = await scaleDoor.measure({ ...most, accounts: 10_000 }, options);
  const great = await scaleDoor.measure(most, options);
  const ratio = great.cpuUsPerRead / small.cpuUsPerRead;
  return {
    ...(isQuick ? { accounts100k_over_10k: ratio } : { accounts10m_over_10k: ratio }),
    door_small_cpu_us: small.cpuUsPerRead,
    door_great_cpu_us: great.cpuUsPerRead,
    door_great_rss_gib: great.rssBytes / 1024 ** 3,
    door_bytes_per_story: great.bytesPerStory,
    door_bytes_per_friendship: great.bytesPerFriendship,
  };
}
