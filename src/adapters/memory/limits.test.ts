import { describeLimits } from "../../../test/support/limits-contract.ts";
import { createLocalLimits } from "./limits.ts";

describeLimits("memory", () => {
  const limits = createLocalLimits();
  return Promise.resolve({
    limits: () => Promise.resolve(limits),
    stop: () => Promise.resolve(),
  });
});
