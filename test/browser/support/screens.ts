import { composeScreens } from "./screens-compose.ts";
import { feedScreens } from "./screens-feed.ts";
import { entranceScreens, frameScreens } from "./screens-frame.ts";
import { mediaScreens } from "./screens-media.ts";
import { peopleScreens } from "./screens-people.ts";
import { settingsScreens } from "./screens-settings.ts";
import { storyScreens } from "./screens-story.ts";
import type { Screen } from "./stage.ts";

/** Every page that there is, in every state that it can be in. */
export const screens: readonly Screen[] = [
  ...feedScreens,
  ...composeScreens,
  ...storyScreens,
  ...mediaScreens,
  ...peopleScreens,
  ...settingsScreens,
  ...entranceScreens,
  ...frameScreens,
];
