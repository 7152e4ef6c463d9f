import sharp from "sharp";
import { randomFrom } from "../../support/random.ts";

/** Pictures as people take them, drawn here: landscapes with light, distance and grain. */
export interface PhotoOptions {
  readonly seed: number;
  readonly width?: number;
  readonly height?: number;
  readonly format?: "jpeg" | "png" | "webp";
}

interface Mood {
  readonly sky: readonly [string, string];
  readonly sun: string;
  /** From far to near. */
  readonly hills: readonly string[];
}

const moods: readonly Mood[] = [
  { sky: ["#f6c28b", "#fbe9d0"], sun: "#fff3d6", hills: ["#c9866b", "#8f5a58", "#4d3746"] },
  { sky: ["#7fb2d9", "#dcecf5"], sun: "#ffffff", hills: ["#8fb0a6", "#5b8a72", "#2f5d4b"] },
  { sky: ["#27314f", "#6d6a93"], sun: "#f5efd2", hills: ["#4a4f78", "#333a5e", "#1a2038"] },
  { sky: ["#a7c7b5", "#eef3e2"], sun: "#fffbe3", hills: ["#a3b18a", "#6b8f5e", "#3a5a40"] },
  { sky: ["#e8a0a8", "#fbe3dc"], sun: "#fff1ec", hills: ["#b57f92", "#7d5a7b", "#42385a"] },
];
const steps = 24;
const quality = 86;

export async function photoOf(options: PhotoOptions): Promise<Buffer> {
  const { seed, width = 1_600, height = 1_200, format = "jpeg" } = options;
  const random = randomFrom(seed);
  const { sky, sun, hills } = moods[seed % moods.length]!;
  const between = (from: number, to: number): number =>
    from + (random.below(1_000) / 1_000) * (to - from);
  const ridges = hills.map((colour, at) => {
    const base = height * (0.5 + at * 0.16);
    const rise = height * between(0.06, 0.14);
    const shift = between(0, 6);
    const points = Array.from({ length: steps + 1 }, (_, step) => {
      const wave = Math.sin(shift + (step / steps) * between(4, 5)) + Math.sin(shift * 2 + step);
      return `${((step / steps) * width).toFixed(1)},${(base - (rise * wave) / 2).toFixed(1)}`;
    });
    return `<polygon points="0,${height} ${points.join(" ")} ${width},${height}" fill="${colour}"/>`;
  });
  const [sunX, sunY] = [width * between(0.2, 0.8), height * between(0.15, 0.4)];
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">
    <defs>
      <linearGradient id="sky" x2="0" y2="1">
        <stop stop-color="${sky[0]}"/><stop offset="0.7" stop-color="${sky[1]}"/>
      </linearGradient>
      <radialGradient id="glow">
        <stop stop-color="${sun}"/><stop offset="0.22" stop-color="${sun}" stop-opacity="0.9"/>
        <stop offset="0.28" stop-color="${sun}" stop-opacity="0.35"/><stop offset="1" stop-color="${sun}" stop-opacity="0"/>
      </radialGradient>
    </defs>
    <rect width="100%" height="100%" fill="url(#sky)"/>
    <circle cx="${sunX}" cy="${sunY}" r="${height * 0.35}" fill="url(#glow)"/>
    ${ridges.join("")}
  </svg>`;
  const grain = {
    width,
    height,
    channels: 3 as const,
    noise: { type: "gaussian" as const, mean: 128, sigma: 14 },
  };
  const noise = await sharp({ create: { ...grain, background: "#808080" } })
    .png()
    .toBuffer();
  const picture = sharp(Buffer.from(svg)).composite([{ input: noise, blend: "soft-light" }]);
  return picture.flatten({ background: sky[1] }).toFormat(format, { quality }).toBuffer();
}
