/** Line icons on a 24 px grid, drawn for Maru. They say nothing to screen readers: their button does. */
const paths = {
  home: "M4 11.5 12 5l8 6.5V19a1 1 0 0 1-1 1h-4.5v-5h-5v5H5a1 1 0 0 1-1-1z",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 20 20",
  write:
    "M4.5 19.5 5.6 15 15.8 4.8a1.7 1.7 0 0 1 2.4 0l1 1a1.7 1.7 0 0 1 0 2.4L9 18.4zM14 6.6l3.4 3.4",
  bell: "M6 16.5V11a6 6 0 0 1 12 0v5.5l1.5 1.5h-15zM10 20.5h4",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c.6-3.6 3.6-5.5 7.5-5.5s6.9 1.9 7.5 5.5",
  people:
    "M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19c.5-3.2 3.1-4.8 6.5-4.8s6 1.6 6.5 4.8M15.5 5a3.3 3.3 0 0 1 0 6.3M18 14.6c2 .6 3.2 2.1 3.5 4.4",
  gear: "M4 7h9M18.5 7H20M4 17h2M11 17h9M15.5 9.3a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6zM8.5 19.3a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6z",
  heart:
    "M12 19.5S4.5 15 4.5 9.4A4.1 4.1 0 0 1 12 7.2a4.1 4.1 0 0 1 7.5 2.2C19.5 15 12 19.5 12 19.5z",
  comment:
    "M5 5.5h14a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-7.5L7 20v-3.5H5a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1z",
  reshare:
    "M7 18V8.5a2 2 0 0 1 2-2h7M4.5 10.5 7 8l2.5 2.5M17 6v9.5a2 2 0 0 1-2 2H8M19.5 13.5 17 16l-2.5-2.5",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  back: "M14.5 5.5 8 12l6.5 6.5",
  close: "M6 6l12 12M18 6 6 18",
  check: "M5 12.5 10 17.5 19 7",
  globe:
    "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM3.5 12h17M12 3.5c2.5 2.5 3.5 5.3 3.5 8.5s-1 6-3.5 8.5c-2.5-2.5-3.5-5.3-3.5-8.5s1-6 3.5-8.5z",
  lock: "M6.5 10.5h11a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1h-11a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1zM8.5 10.5V8a3.5 3.5 0 0 1 7 0v2.5",
  image:
    "M5.5 4.5h13a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1h-13a1 1 0 0 1-1-1v-13a1 1 0 0 1 1-1zM9 11a1.7 1.7 0 1 0 0-3.4A1.7 1.7 0 0 0 9 11zM5 17.5l4.5-4 3 2.5 3.5-3.5 3.5 3.5",
  camera:
    "M4.5 8h3l1.5-2.5h6L16.5 8h3a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-15a1 1 0 0 1-1-1V9a1 1 0 0 1 1-1zM12 16.5a3.3 3.3 0 1 0 0-6.6 3.3 3.3 0 0 0 0 6.6z",
  link: "M10 14a4 4 0 0 0 5.7 0l2.6-2.6a4 4 0 0 0-5.7-5.7L11.5 6.8M14 10a4 4 0 0 0-5.7 0l-2.6 2.6a4 4 0 0 0 5.7 5.7l1.1-1.1",
  up: "M12 19V6M6.5 11 12 5.5 17.5 11",
  offline:
    "M4 4l16 16M8.5 8.6A11 11 0 0 0 4.5 11M12 7a11 11 0 0 1 7.5 4M7.5 14.3a6.5 6.5 0 0 1 6-1.6M12 18.5h.01",
  alert: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 7.8v5M12 16.2h.01",
  reload: "M19 12a7 7 0 1 1-2.2-5.1L19 9M19 4.5V9h-4.5",
  keyboard:
    "M4.5 7h15a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1h-15a1 1 0 0 1-1-1V8a1 1 0 0 1 1-1zM7.2 10.6h.01M10.4 10.6h.01M13.6 10.6h.01M16.8 10.6h.01M8.6 13.8h6.8",
  mute: "M4 4l16 16M8 7.4A6 6 0 0 1 18 11v3.5M16.5 16.5h-12L6 15v-4a6 6 0 0 1 .6-2.6M10 20.5h4",
  block: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM6 6l12 12",
  part: "M10 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM3 20c.5-3.6 3.3-5.5 7-5.5s6.5 1.9 7 5.5M16 8.5h5.5",
  clock: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 7.5V12l3 2",
  next: "M9.5 5.5 16 12l-6.5 6.5",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 14.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6z",
  eyeOff:
    "M4 4l16 16M9.9 5.8A9 9 0 0 1 12 5.5c6 0 9.5 6.5 9.5 6.5a16 16 0 0 1-2.7 3.4M6.6 7.3A16 16 0 0 0 2.5 12S6 18.5 12 18.5a9.6 9.6 0 0 0 4.6-1.2M10 10.1a2.8 2.8 0 0 0 3.9 3.9",
  contrast:
    "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 3.5v17M12 7h4.8M12 10.3h6.9M12 13.7h6.9M12 17h4.8",
  key: "M8 20a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM10.9 13.1 19 5M16 8l2.5 2.5M13.5 10.5l1.5 1.5",
  device: "M8 3.5h8a1 1 0 0 1 1 1v15a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1v-15a1 1 0 0 1 1-1zM11 17.5h2",
  download: "M12 4.5v10.5M7 10.5l5 5 5-5M5 19.5h14",
  trash:
    "M4.5 7h15M9.5 7V4.5h5V7M6.5 7l.8 12a1 1 0 0 0 1 .9h7.4a1 1 0 0 0 1-.9l.8-12M10 11v5M14 11v5",
  out: "M10 5H6a1 1 0 0 0-1 1v12a1 1 0 0 0 1 1h4M14.5 8 18.5 12l-4 4M18 12H9.5",
} as const;

export type IconName = keyof typeof paths;

interface IconProps {
  readonly size?: number;
  readonly filled?: boolean;
}

export function Icon({ name, ...props }: IconProps & { readonly name: IconName }) {
  return <Drawn path={paths[name]} width={name === "more" ? 3 : lineWidth} {...props} />;
}

const lineWidth = 1.7;

/** A drawing on the same grid that is not needed everywhere. */
export function Drawn(props: IconProps & { readonly path: string; readonly width?: number }) {
  const { path, width = lineWidth, size = 24, filled = false } = props;
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill={filled ? "currentColor" : "none"}
      stroke="currentColor"
      strokeWidth={width}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={path} />
    </svg>
  );
}
