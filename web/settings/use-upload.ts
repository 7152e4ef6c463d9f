import { useCallback, useEffect, useRef, useState } from "react";
import type { Uploading } from "../data/attachments.ts";
import type { Media } from "../data/client.ts";
import type { AttemptState } from "../data/use-attempt.ts";
import { startUpload } from "../media/upload.ts";

interface UploadRun {
  readonly state: AttemptState;
  /** From 0 to 1. */
  readonly share: number;
  /** Null: it was refused, or is of no interest any more. */
  readonly run: (file: File) => Promise<Media | null>;
  readonly stop: () => void;
}

const rest: AttemptState = { phase: "rest" };

/** One file on its way to the server, in sight of the person. */
export function useUpload(): UploadRun {
  const [state, setState] = useState<AttemptState>(rest);
  const [share, setShare] = useState(0);
  const running = useRef<{ readonly job: AbortController; readonly upload: Uploading } | null>(
    null,
  );

  const stop = useCallback((): void => {
    running.current?.job.abort();
    running.current?.upload.abandon();
    running.current = null;
    setState(rest);
  }, []);

  const run = useCallback(
    async (file: File): Promise<Media | null> => {
      stop();
      const own = { job: new AbortController(), upload: startUpload(file, "") };
      running.current = own;
      setShare(0);
      setState({ phase: "sending" });
      try {
        const media = await own.upload.run({
          signal: own.job.signal,
          onWait: (why) => {
            setState({ phase: "waiting", why });
          },
          onProgress: (next) => {
            setShare(next);
            setState({ phase: "sending" });
          },
        });
        running.current = null;
        setState({ phase: "done" });
        return media;
      } catch (error) {
        if (!own.job.signal.aborted) {
          running.current = null;
          setState({ phase: "refused", error });
        }
        return null;
      }
    },
    [stop],
  );

  useEffect(() => stop, [stop]);
  return { state, share, run, stop };
}
