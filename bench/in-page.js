/**
 * What a bench reads inside of a page, where it runs before anything else: plain JavaScript, because
 * it is the browser that loads it.
 */
const readings = { readyMs: 0, shift: 0 };
/** Milliseconds between one frame and the next, since `recordFrames`. */
const frames = [];

new PerformanceObserver((list) => {
  for (const { startTime } of list.getEntries()) {
    readings.readyMs = Math.max(readings.readyMs, startTime);
  }
}).observe({ type: "largest-contentful-paint", buffered: true });

new PerformanceObserver((list) => {
  for (const { value } of list.getEntries()) {
    readings.shift += value;
  }
}).observe({ type: "layout-shift", buffered: true });

globalThis.bench = {
  readings,
  frames,
  recordFrames() {
    let before = performance.now();
    const frame = (now) => {
      frames.push(now - before);
      before = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  },
  nextFrame: () => new Promise((resolve) => requestAnimationFrame(resolve)),
  /** How far down the list the page is. */
  lastPlace() {
    const cards = [...document.querySelectorAll("article[aria-posinset]")];
    return Math.max(0, ...cards.map((card) => Number(card.getAttribute("aria-posinset"))));
  },
};
