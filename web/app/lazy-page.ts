import { lazy, type ComponentType, type LazyExoticComponent } from "react";
import { importPatiently } from "./patient-import.ts";
import { compareBuilds } from "./version.ts";

const pauseMs = 4_000;
const pauseSpreadMs = 4_000;

/** Some seconds, or until the network is back. */
function pause(): Promise<void> {
  return new Promise((resolve) => {
    const goOn = (): void => {
      clearTimeout(timer);
      globalThis.removeEventListener("online", goOn);
      resolve();
    };
    const timer = setTimeout(goOn, pauseMs + Math.random() * pauseSpreadMs);
    globalThis.addEventListener("online", goOn);
  });
}

/** Loads a part that is not needed for the feed, when it is. */
export function loadPart<T>(load: () => Promise<T>): Promise<T> {
  return importPatiently(load, { compare: compareBuilds, pause });
}

/** A page that is not needed for the feed: it comes when it is gone to. */
export function lazyPage<P>(
  load: () => Promise<ComponentType<P>>,
): LazyExoticComponent<ComponentType<P>> {
  return lazy(async () => ({ default: await loadPart(load) }));
}
