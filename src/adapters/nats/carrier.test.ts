import { it } from "vitest";
import { describeCarrier } from "../../../test/support/carrier-contract.ts";
import { natsMissing, startNats } from "../../../test/support/nats.ts";
import { openCarrier } from "../../../test/support/nats-carrier.ts";

if (natsMissing === null) {
  describeCarrier("NATS", async () => {
    const nats = await startNats();
    return {
      carrier: (name) => openCarrier(nats.urls, { name }).carrier,
      stop: nats.stop,
    };
  });
} else {
  it.skip(natsMissing);
}
