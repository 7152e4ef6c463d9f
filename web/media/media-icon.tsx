import { Drawn } from "../design/icons.tsx";

const paths = {
  play: "M8 5.5v13l10.5-6.5z",
  pause: "M8 5.5v13M16 5.5v13",
  sound: "M4.5 9.5v5h3l4 3.5v-12l-4 3.5zM15 9.2a4 4 0 0 1 0 5.6M17.5 6.7a7.5 7.5 0 0 1 0 10.6",
  silence: "M4.5 9.5v5h3l4 3.5v-12l-4 3.5zM15.5 9.5l5 5M20.5 9.5l-5 5",
  closer: "M10.5 4.5a6 6 0 1 0 0 12a6 6 0 0 0 0-12zM15 15l5 5M10.5 8v5M8 10.5h5",
  whole: "M10.5 4.5a6 6 0 1 0 0 12a6 6 0 0 0 0-12zM15 15l5 5M8 10.5h5",
} as const;

export type MediaIconName = keyof typeof paths;

/** What only photos and videos need: it comes with them. */
export function MediaIcon(props: { readonly name: MediaIconName; readonly size?: number }) {
  const { name, size = 24 } = props;
  return <Drawn path={paths[name]} size={size} filled={name === "play"} />;
}
