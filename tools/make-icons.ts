/**
 * `node tools/make-icons.ts` draws the icons that systems want as pictures from the one drawing,
 * web/public/icons/maru.svg. Run it after a change of the drawing, and commit what it makes.
 */
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { projectRoot } from "./steps.ts";

const folder = path.join(projectRoot, "web/public/icons");
/** The drawing is on a grid of so many units. */
const gridUnits = 64;
const corner = / rx="\d+"/;
const mark = /<g [^]*<\/g>/;

/** Systems that cut icons to a shape of their own may take all but the middle 80 %. */
function bleeding(drawing: string, scale: number): string {
  const shift = (gridUnits * (1 - scale)) / 2;
  const transform = `translate(${shift} ${shift}) scale(${scale})`;
  return drawing
    .replace(corner, "")
    .replace(mark, (group) => `<g transform="${transform}">${group}</g>`);
}

const whole = await readFile(path.join(folder, "maru.svg"), "utf8");
const icons = [
  { name: "maru-180", size: 180, drawing: bleeding(whole, 0.86) },
  { name: "maru-192", size: 192, drawing: whole },
  { name: "maru-512", size: 512, drawing: whole },
  { name: "maru-maskable-512", size: 512, drawing: bleeding(whole, 0.72) },
];
for (const { name, size, drawing } of icons) {
  const density = (72 * size) / gridUnits;
  const picture = sharp(Buffer.from(drawing), { density }).resize(size, size);
  const file = path.join(folder, `${name}.png`);
  await writeFile(file, await picture.png({ palette: true, compressionLevel: 9 }).toBuffer());
  console.log(path.relative(projectRoot, file));
}
