import { navigate } from "wouter/use-browser-location";
import { paths } from "./paths.ts";

let lengthAtStart = history.length;

/** Where the reader came from within Maru; `otherwise`, if this page was the first. */
export function goBack(otherwise: string = paths.feed): void {
  if (history.length > lengthAtStart) {
    history.back();
  } else {
    navigate(otherwise);
  }
}

/** A step of the same page, for something that opens above it and closes by going back. */
export function addStep(state: unknown): void {
  const before = history.length;
  history.pushState(state, "");
  lengthAtStart += Math.max(0, history.length - before);
}
