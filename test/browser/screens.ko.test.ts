import { describeScreens } from "./support/look.ts";

describeScreens("ko");
