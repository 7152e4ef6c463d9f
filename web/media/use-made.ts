import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { UnmadeMediaError } from "../data/attachment-errors.ts";
import { isRefusal, isSignedOut, type Media } from "../data/client.ts";
import { keys } from "../data/queries.ts";
import { readMedia } from "./upload.ts";

interface Made {
  /** As the server has it. */
  readonly media: Media | undefined;
  /** Why it can never be shown. */
  readonly fault: Error | null;
}

const askAgainMs = 3_000;

/** What becomes of something that was uploaded: asked for until it is made, or cannot be. Null: nothing. */
export function useMade(id: string | null): Made {
  const { data: media, error } = useQuery<Media>({
    queryKey: keys.media(id ?? ""),
    queryFn: () => readMedia(id ?? ""),
    enabled: id !== null,
    refetchInterval: ({ state }) =>
      isRefusal(state.error) || (state.data !== undefined && state.data.state !== "processing")
        ? false
        : askAgainMs,
  });
  const fault = useMemo(() => {
    if (media?.state === "failed") {
      return new UnmadeMediaError(media);
    }
    return isRefusal(error) && !isSignedOut(error) ? error : null;
  }, [media, error]);
  return { media, fault };
}
