import { navigate } from "wouter/use-browser-location";
import { paths } from "./paths.ts";

const lengthAtStart = history.length;

/** Where the reader came from within Maru; `otherwise`, if this page was the first. */
export function goBack(otherwise: string = paths.feed): void {
  if (history.length > lengthAtStart) {
    history.back();
  } else {
    navigate(otherwise);
  }
}
