import type { MediaChild } from "./media-child.ts";
import { reasonOf, runJob, type Done, type JobOptions } from "./media-job.ts";
import type { Work } from "./messages.ts";

/** A few processes for media: started when there is a file for them, one file at a time each. */
export interface MediaChildren {
  /** First come, first served. Rejects as `runJob` does, and when all are ended. */
  run(work: Work, options: JobOptions): Promise<Done>;
  /** Files that wait for their turn. */
  waiting(): number;
  /** Ends them all, whatever they are at. */
  close(): Promise<void>;
}

export interface MediaChildrenOptions {
  readonly countMax: number;
  /** One that has had nothing to do for so long gives its memory back. */
  readonly idleMsMax: number;
  readonly start: () => MediaChild;
}

/** What a decoder has lost or broken in its process does not last. */
const jobsMax = 100;

interface Member {
  readonly child: MediaChild;
  jobs: number;
  idleTimer: NodeJS.Timeout | undefined;
}

interface Waiter {
  readonly admit: () => void;
  readonly fail: (error: Error) => void;
}

export function createMediaChildren(options: MediaChildrenOptions): MediaChildren {
  const { countMax, idleMsMax, start } = options;
  const members = new Set<Member>();
  const idle: Member[] = [];
  const waiting = new Set<Waiter>();
  let running = 0;
  let isClosed = false;

  function turn(signal: AbortSignal): Promise<void> {
    if (running < countMax) {
      running += 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        waiting.delete(waiter);
        signal.removeEventListener("abort", abort);
      };
      const waiter: Waiter = {
        admit() {
          leave();
          resolve();
        },
        fail(error) {
          leave();
          reject(error);
        },
      };
      const abort = (): void => {
        waiter.fail(reasonOf(signal));
      };
      signal.addEventListener("abort", abort);
      waiting.add(waiter);
    });
  }

  function take(): Member {
    for (let member = idle.pop(); member !== undefined; member = idle.pop()) {
      clearTimeout(member.idleTimer);
      if (member.child.isUp()) {
        return member;
      }
    }
    const member: Member = { child: start(), jobs: 0, idleTimer: undefined };
    members.add(member);
    void member.child.ended.then(() => {
      members.delete(member);
      forgetIdle(member);
    });
    return member;
  }

  /** It is not idle any more, if it was: the number of a process that has ended may be another's soon. */
  function forgetIdle(member: Member): void {
    clearTimeout(member.idleTimer);
    const place = idle.indexOf(member);
    if (place !== -1) {
      idle.splice(place, 1);
    }
  }

  function giveBack(member: Member): void {
    member.jobs += 1;
    if (!member.child.isUp()) {
      return;
    }
    if (isClosed || member.jobs >= jobsMax) {
      member.child.kill();
      return;
    }
    idle.push(member);
    member.idleTimer = setTimeout(() => {
      forgetIdle(member);
      member.child.kill();
    }, idleMsMax);
    member.idleTimer.unref();
  }

  function leave(): void {
    const [next] = waiting;
    if (next === undefined) {
      running -= 1;
    } else {
      next.admit();
    }
  }

  return {
    async run(work, jobOptions) {
      jobOptions.signal.throwIfAborted();
      await turn(jobOptions.signal);
      try {
        if (isClosed) {
          throw closed();
        }
        const member = take();
        const done = await runJob(member.child, work, jobOptions);
        giveBack(member);
        return done;
      } finally {
        leave();
      }
    },
    waiting: () => waiting.size,
    async close() {
      isClosed = true;
      for (const waiter of waiting) {
        waiter.fail(closed());
      }
      const endings = [...members].map(({ child }) => {
        child.kill();
        return child.ended;
      });
      await Promise.all(endings);
    },
  };
}

const closed = (): Error => new Error("no files are processed any more");
