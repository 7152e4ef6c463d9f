import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { unavailable } from "../../kernel/problem.ts";

/** argon2id on threads of its own (`hashing-thread.ts`), which stand back. As many at once as it is asked for. */
export interface Hashing {
  /** Starts so many threads, or one for each core where that is less; others start when they are needed. */
  start(threads: number): void;
  hash(task: HashTask): Promise<string>;
  verify(task: VerifyTask): Promise<boolean>;
  /** Ends the threads. What they were at is rejected, and so is what comes before another `start`. */
  stop(): Promise<void>;
}

export interface HashTask {
  readonly password: string;
  /** KiB. */
  readonly memoryCost: number;
  readonly timeCost: number;
  readonly parallelism: number;
  /** Bytes. */
  readonly outputLen: number;
}

export interface VerifyTask {
  readonly encoded: string;
  readonly password: string;
}

export type Outcome = { readonly result: string | boolean } | { readonly error: unknown };

interface Thread {
  readonly worker: Worker;
  task: PromiseWithResolvers<string | boolean> | null;
}

const retryAfterS = 1;

export function createHashing(deps: {
  /** A thread could not be started, or broke down; the next password starts another. */
  readonly onBroken: (error: unknown) => void;
  /** What they run, where it is not what is beside this. */
  readonly file?: URL;
}): Hashing {
  const { onBroken, file = new URL("hashing-thread.ts", import.meta.url) } = deps;
  const threads = new Set<Thread>();
  let isStopped = false;

  function startThread(): Thread {
    const worker = new Worker(file);
    const thread: Thread = { worker, task: null };
    threads.add(thread);
    // A command that has hashed its last password ends.
    worker.unref();
    worker.on("message", (outcome: Outcome) => {
      const { task } = thread;
      thread.task = null;
      worker.unref();
      if ("error" in outcome) {
        task?.reject(outcome.error);
      } else {
        task?.resolve(outcome.result);
      }
    });
    worker.on("error", (error) => {
      threads.delete(thread);
      thread.task?.reject(error);
      onBroken(error);
    });
    worker.on("exit", () => {
      threads.delete(thread);
      thread.task?.reject(new Error("a thread that hashes passwords ended"));
    });
    return thread;
  }

  function run(task: HashTask | VerifyTask): Promise<string | boolean> {
    if (isStopped) {
      return Promise.reject(unavailable({ retryAfterS }));
    }
    const thread = threads.values().find((one) => one.task === null) ?? startThread();
    thread.task = Promise.withResolvers();
    thread.worker.ref();
    thread.worker.postMessage(task);
    return thread.task.promise;
  }

  return {
    start(count) {
      isStopped = false;
      for (let n = threads.size; n < Math.min(count, availableParallelism()); n += 1) {
        startThread();
      }
    },
    hash: async (task) => (await run(task)) as string,
    verify: async (task) => (await run(task)) as boolean,
    async stop() {
      isStopped = true;
      await Promise.all([...threads].map(({ worker }) => worker.terminate()));
    },
  };
}
