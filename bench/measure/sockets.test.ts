import { expect, it } from "vitest";
import { countStates } from "./sockets.ts";

const table = [
  "  sl  local_address rem_address   st tx_queue",
  "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000",
  "   1: 0100007F:1F90 0100007F:C001 01 00000000:00000000",
  "   2: 0100007F:1F90 0100007F:C002 01 00000000:00000000",
  "   3: 0100007F:1F90 0100007F:C003 08 00000000:00000000",
  "   4: 0100007F:C001 0100007F:1F90 01 00000000:00000000",
  "",
].join("\n");

it("counts the sockets of one port, on its own side, by state", () => {
  expect(countStates(table, 8080)).toEqual({ LISTEN: 1, ESTABLISHED: 2, CLOSE_WAIT: 1 });
  expect(countStates(table, 1)).toEqual({});
});
