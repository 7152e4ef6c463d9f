import { describeScreens } from "./support/look.ts";

describeScreens("en");
