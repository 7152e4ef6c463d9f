import type { MediaFault } from "../../ports/processing.ts";

/** Thrown where something is found that a file is refused for; caught where the work began. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly fault: MediaFault;

  constructor(fault: MediaFault, cause?: unknown) {
    super(`the file is refused: ${fault}`, { cause });
    this.fault = fault;
  }
}
