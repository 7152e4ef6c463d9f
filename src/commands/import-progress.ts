import type { Terminal } from "./command.ts";
import { formatCount } from "./import-tally.ts";

/** How far an import is: a bar for a person who looks at it, otherwise a line now and then. */
export interface Progress {
  /** A piece of work of so many bytes, and what its units are called. */
  track(unit: string, totalBytes: number): Track;
}

export interface Track {
  advance(doneBytes: number, units: number): void;
}

interface TrackState {
  readonly unit: string;
  readonly totalBytes: number;
  doneBytes: number;
  units: number;
}

const barEveryMs = 100;
const lineEveryMs = 5_000;
const barCells = 20;
const msPerSecond = 1_000;
const secondsPerMinute = 60;
const percent = 100;

/** `0:07`, `12:40`; hours are minutes, too. */
function formatSeconds(ms: number): string {
  const seconds = Math.ceil(ms / msPerSecond);
  const rest = String(seconds % secondsPerMinute).padStart(2, "0");
  return `${Math.floor(seconds / secondsPerMinute)}:${rest}`;
}

/** Takes the bar away, so that something else can be printed. */
export function clearBar({ isInteractive, replace }: Terminal): void {
  if (isInteractive) {
    replace("");
  }
}

const doneOf = ({ doneBytes, totalBytes }: TrackState): number =>
  totalBytes === 0 ? 1 : Math.min(1, doneBytes / totalBytes);

export function createProgress(deps: {
  readonly terminal: Terminal;
  readonly monotonicMs: () => number;
}): Progress {
  const { terminal, monotonicMs } = deps;
  const { isInteractive } = terminal;
  const startedMs = monotonicMs();
  const tracks: TrackState[] = [];
  let drawnMs = startedMs;

  function describe(): string {
    const elapsedMs = Math.max(1, monotonicMs() - startedMs);
    // The tracks run beside each other, so the slowest tells how long it all takes.
    const done = Math.min(1, ...tracks.map(doneOf));
    const cells = Math.floor(done * barCells);
    const bar = isInteractive ? `[${"#".repeat(cells)}${"-".repeat(barCells - cells)}] ` : "";
    const units = tracks.map(({ unit, units: count }) => `${formatCount(count)} ${unit}`);
    const all = tracks.reduce((sum, { units: count }) => sum + count, 0);
    const rate = formatCount(Math.round((all * msPerSecond) / elapsedMs));
    const left = done === 0 ? "" : `, ${formatSeconds((elapsedMs * (1 - done)) / done)} left`;
    return `${bar}${Math.floor(done * percent)} %  ${units.join(", ")}, ${rate}/s${left}`;
  }

  function draw(): void {
    const nowMs = monotonicMs();
    if (nowMs - drawnMs < (isInteractive ? barEveryMs : lineEveryMs)) {
      return;
    }
    drawnMs = nowMs;
    if (isInteractive) {
      terminal.replace(describe());
    } else {
      terminal.print(describe());
    }
  }

  return {
    track(unit, totalBytes) {
      const track: TrackState = { unit, totalBytes, doneBytes: 0, units: 0 };
      tracks.push(track);
      return {
        advance(doneBytes, units) {
          track.doneBytes = doneBytes;
          track.units = units;
          draw();
        },
      };
    },
  };
}
