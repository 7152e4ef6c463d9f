import type { Media } from "./client.ts";

/** What no upload can bring: neither photo nor video, as the browser knows it. */
export class NoMediaError extends Error {
  override readonly name = "NoMediaError";
}

/** It arrived, and nothing could be made of it. */
export class UnmadeMediaError extends Error {
  override readonly name = "UnmadeMediaError";
  readonly problem: string | null;

  constructor({ problem }: Pick<Media, "problem">) {
    super(problem ?? "nothing could be made of it");
    this.problem = problem;
  }
}
