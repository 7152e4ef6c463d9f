/** Small charts as SVG, drawn here: readable on a light page and on a dark one. */

export interface BarChart {
  readonly kind: "bars";
  readonly title: string;
  readonly unit: string;
  /** Each bar is made of parts, which are named in the legend. */
  readonly bars: readonly {
    readonly name: string;
    readonly parts: readonly { readonly name: string; readonly value: number }[];
    /** Drawn as a line across the bar. */
    readonly aim?: number;
  }[];
}

export interface LineChart {
  readonly kind: "lines";
  readonly title: string;
  readonly unit: string;
  readonly across: string;
  readonly lines: readonly {
    readonly name: string;
    readonly points: readonly { readonly x: number; readonly y: number }[];
  }[];
}

export type Chart = BarChart | LineChart;

/** Told apart on white and on black, also by those who see fewer colours. */
const colours = ["#3b82c4", "#d97706", "#2f9e6e", "#b5539c", "#7a7f87"];
const width = 720;
const labelWidth = 210;
const valueWidth = 110;
const barHeight = 22;
const barStep = 34;
const top = 66;
const plotHeight = 260;
const marginLeft = 64;
const marginRight = 24;
const gridLines = 4;

const style = `<style>
text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600;font-size:15px}.quiet{fill:#59636e}
.grid{stroke:#d1d9e0}.aim{stroke:#1f2328;stroke-width:2;stroke-dasharray:4 3}
@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.quiet{fill:#9198a1}.grid{stroke:#3d444d}.aim{stroke:#f0f6fc}}
</style>`;

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function numberText(value: number): string {
  return new Intl.NumberFormat("en", { maximumSignificantDigits: 3 }).format(value);
}

const place = (value: number): string => value.toFixed(1);

function text(x: number, y: number, content: string, more = ""): string {
  return `<text x="${place(x)}" y="${place(y)}"${more}>${escaped(content)}</text>`;
}

function legend(names: readonly string[]): string {
  let x = 16;
  return names
    .map((name, i) => {
      const drawn =
        `<rect x="${place(x)}" y="38" width="12" height="12" rx="2" fill="${colourOf(i)}"/>` +
        text(x + 18, 49, name, ' class="quiet"');
      x += 34 + name.length * 7;
      return drawn;
    })
    .join("");
}

function colourOf(index: number): string {
  return colours[index % colours.length] ?? "#7a7f87";
}

function frame(title: string, height: number, content: string): string {
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(width)} ${String(height)}" role="img" aria-label="${escaped(title).replaceAll('"', "&quot;")}">` +
    `${style}${text(16, 24, title, ' class="title"')}${content}</svg>\n`
  );
}

function drawBars({ title, unit, bars }: BarChart): string {
  const names = [...new Set(bars.flatMap(({ parts }) => parts.map((part) => part.name)))];
  const sumOf = (bar: BarChart["bars"][number]): number =>
    bar.parts.reduce((sum, part) => sum + part.value, 0);
  const most = Math.max(...bars.map((bar) => Math.max(sumOf(bar), bar.aim ?? 0)), Number.EPSILON);
  const scale = (width - labelWidth - valueWidth) / most;
  const rows = bars.map((bar, i) => {
    const y = top + i * barStep;
    let x = labelWidth;
    const parts = bar.parts.map((part) => {
      const long = part.value * scale;
      const drawn = `<rect x="${place(x)}" y="${place(y)}" width="${place(long)}" height="${String(barHeight)}" fill="${colourOf(names.indexOf(part.name))}"/>`;
      x += long;
      return drawn;
    });
    const aimX = labelWidth + (bar.aim ?? 0) * scale;
    const aim =
      bar.aim === undefined
        ? ""
        : `<line class="aim" x1="${place(aimX)}" x2="${place(aimX)}" y1="${place(y - 4)}" y2="${place(y + barHeight + 4)}"/>`;
    const label = text(labelWidth - 10, y + 16, bar.name, ' text-anchor="end"');
    const value = text(Math.max(x, aimX) + 8, y + 16, `${numberText(sumOf(bar))} ${unit}`);
    return label + parts.join("") + aim + value;
  });
  return frame(title, top + bars.length * barStep + 10, legend(names) + rows.join(""));
}

function drawLines({ title, unit, across, lines }: LineChart): string {
  const points = lines.flatMap((line) => line.points);
  const [leastX, mostX] = [
    Math.min(...points.map(({ x }) => x)),
    Math.max(...points.map(({ x }) => x)),
  ];
  const mostY = Math.max(...points.map(({ y }) => y), Number.EPSILON);
  const bottom = top + plotHeight;
  const placeX = (x: number): number =>
    marginLeft +
    ((x - leastX) / Math.max(mostX - leastX, Number.EPSILON)) * (width - marginLeft - marginRight);
  const placeY = (y: number): number => bottom - (y / mostY) * plotHeight;
  const grid = Array.from({ length: gridLines + 1 }, (_, i) => {
    const value = (mostY * i) / gridLines;
    const y = placeY(value);
    return (
      `<line class="grid" x1="${String(marginLeft)}" x2="${String(width - marginRight)}" y1="${place(y)}" y2="${place(y)}"/>` +
      text(marginLeft - 8, y + 4, numberText(value), ' text-anchor="end" class="quiet"')
    );
  });
  const drawn = lines.map((line, i) => {
    const path = line.points.map(({ x, y }) => `${place(placeX(x))},${place(placeY(y))}`).join(" ");
    return `<polyline points="${path}" fill="none" stroke="${colourOf(i)}" stroke-width="2"/>`;
  });
  const ends =
    text(marginLeft, bottom + 20, numberText(leastX), ' class="quiet"') +
    text(
      width - marginRight,
      bottom + 20,
      `${numberText(mostX)} ${across}`,
      ' text-anchor="end" class="quiet"',
    ) +
    text(width - marginRight, 24, unit, ' text-anchor="end" class="quiet"');
  return frame(
    title,
    bottom + 34,
    legend(lines.map(({ name }) => name)) + grid.join("") + drawn.join("") + ends,
  );
}

export function drawChart(chart: Chart): string {
  return chart.kind === "bars" ? drawBars(chart) : drawLines(chart);
}
