import type { OutsideFault } from "../../ports/outside-web.ts";

/** What the other side did, on its way up to who asked. */
export class Faulty extends Error {
  override readonly name = "Faulty";
  readonly fault: OutsideFault;

  constructor(fault: OutsideFault) {
    super(fault);
    this.fault = fault;
  }
}
