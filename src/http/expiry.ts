import { internalContext } from "../kernel/context.ts";
import type { Job } from "../ports/module.ts";
import type { RecordPort } from "../ports/record.ts";
import { deleteExpired } from "./idempotency-store.ts";

/** The promise is 24 hours; one more covers clients whose clocks are off. */
const keptS = 25 * 60 * 60;
const everyMs = 10 * 60 * 1000;
/** Short transactions, so that nobody waits behind them. */
const batchRows = 1_000;
/** A bound for one run; what is left is found by the next. */
const batchesMax = 500;

/** Deletes idempotency keys that have done their duty. */
export function createExpiryJob(record: RecordPort): Job {
  return {
    name: "http.idempotency-expiry",
    everyMs,
    async run() {
      const context = internalContext("job-http.idempotency-expiry");
      for (let batch = 0; batch < batchesMax; batch += 1) {
        const { value } = await record.write(context, (tx) => deleteExpired(tx, keptS, batchRows));
        if (value < batchRows) {
          return;
        }
      }
    },
  };
}
