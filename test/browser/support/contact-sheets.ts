import { mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import sharp, { type OverlayOptions } from "sharp";

/**
 * Lays pictures of pages side by side, so that many are looked at in a moment: a row has one page in
 * every look, as the names of the files say (`feed.ko.phone.light.png`).
 */
export async function makeContactSheets(folder: string, locale: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".png"));
  const rows = Map.groupBy(
    names.filter((name) => name.split(".")[1] === locale),
    (name) => name.split(".")[0] ?? "",
  );
  const sheets = path.join(folder, "sheets");
  await mkdir(sheets, { recursive: true });
  const all = [...rows.values()];
  for (let at = 0; at < all.length; at += rowsOnSheet) {
    const file = path.join(
      sheets,
      `${locale}-${String(at / rowsOnSheet + 1).padStart(2, "0")}.png`,
    );
    await drawSheet(
      all.slice(at, at + rowsOnSheet).map((row) => row.map((name) => path.join(folder, name))),
      file,
    );
  }
}

const rowsOnSheet = 3;
const rowPx = 520;
const gapPx = 12;
const captionPx = 24;

async function drawSheet(rows: readonly (readonly string[])[], file: string): Promise<void> {
  const parts: OverlayOptions[] = [];
  let widthPx = 0;
  for (const [at, row] of rows.entries()) {
    const top = at * (rowPx + captionPx + gapPx);
    let left = gapPx;
    const name = path.basename(row[0] ?? "").split(".", 1)[0] ?? "";
    parts.push({ input: caption(name), top, left });
    for (const picture of [...row].sort(byLook)) {
      const { data, info } = await sharp(picture)
        .resize({ height: rowPx })
        .toBuffer({ resolveWithObject: true });
      parts.push({ input: data, top: top + captionPx, left });
      left += info.width + gapPx;
    }
    widthPx = Math.max(widthPx, left);
  }
  const height = rows.length * (rowPx + captionPx + gapPx);
  await sharp({ create: { width: widthPx, height, channels: 3, background: "#8a8a8a" } })
    .composite(parts)
    .png({ compressionLevel: 9 })
    .toFile(file);
}

/** Phones first, and light before dark. */
function byLook(a: string, b: string): number {
  const rank = (name: string): number =>
    (name.includes(".desktop.") ? 2 : 0) + (name.includes(".dark.") ? 1 : 0);
  return rank(a) - rank(b);
}

function caption(text: string): Buffer {
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="600" height="${String(captionPx)}"><text x="0" y="18" font-family="sans-serif" font-size="16" fill="#fff">${text}</text></svg>`,
  );
}
