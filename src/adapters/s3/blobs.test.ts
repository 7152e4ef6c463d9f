import { describeBlobs } from "../../../test/support/blobs-contract.ts";
import { startS3 } from "../../../test/support/s3.ts";
import { createS3Blobs } from "./blobs.ts";

describeBlobs("S3", async () => {
  const s3 = await startS3();
  return {
    open: async () => createS3Blobs(s3.options()),
    held: s3.held,
    unfinished: async () => s3.uploads(),
    stop: s3.stop,
  };
});
