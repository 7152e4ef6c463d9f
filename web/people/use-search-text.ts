import { useEffect, useRef, useState } from "react";
import { useSearch } from "wouter";
import { navigate } from "wouter/use-browser-location";
import { paths } from "../app/paths.ts";
import { searchedText } from "./people-search.ts";

/** Whoever types goes on typing within this. */
const pauseMs = 250;
const parameter = "q";

/**
 * What is typed, and the text that is looked for: the same, once the typing pauses. It stands in the
 * address, so that going back, a reload and a shared address show the same.
 */
export function useSearchText(): {
  readonly typed: string;
  readonly text: string;
  readonly type: (typed: string) => void;
  /** Looks for what is typed without waiting for a pause. */
  readonly look: (typed: string) => void;
} {
  const inAddress = new URLSearchParams(useSearch()).get(parameter) ?? "";
  const [typed, type] = useState(inAddress);
  const put = useRef(inAddress);

  useEffect(() => {
    if (inAddress !== put.current) {
      // Someone went to another address: a link to this page, or a step back.
      put.current = inAddress;
      type(inAddress);
    }
  }, [inAddress]);

  function look(next: string): void {
    const text = searchedText(next);
    if (text !== put.current) {
      put.current = text;
      const query = text === "" ? "" : `?${new URLSearchParams({ [parameter]: text }).toString()}`;
      navigate(`${paths.search}${query}`, { replace: true });
    }
  }

  useEffect(() => {
    const timer = setTimeout(() => {
      look(typed);
    }, pauseMs);
    return () => {
      clearTimeout(timer);
    };
  }, [typed]);

  return {
    typed,
    text: searchedText(inAddress),
    type,
    look(next) {
      type(next);
      look(next);
    },
  };
}
