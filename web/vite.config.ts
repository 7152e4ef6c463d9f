import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { scriptSizes } from "./script-sizes.ts";
import { serviceWorker } from "./service-worker.ts";
import { themeFirst } from "./theme-first.ts";

/** Where `npm run dev` finds the API; the page and the API share one origin, as in production. */
const apiUrl = "http://localhost:8080";

/**
 * What the first page needs is one file beside the one that begins it: parts that come later would cut it
 * into dozens of small ones, each with a request of its own, which pack worse.
 */
const firstPage = {
  name: "first",
  tags: ["$initial" as const],
  test: (id: string) => !id.endsWith("/web/app/main.tsx") && !id.endsWith(".html"),
};

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react(), themeFirst(), serviceWorker(), scriptSizes()],
  css: { transformer: "lightningcss" },
  build: {
    outDir: "dist",
    emptyOutDir: true,
    // Nothing is put into the page itself: the content security policy allows no inline data of code.
    assetsInlineLimit: 0,
    // A part that comes later needs no style of its own, which could be missing then.
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    manifest: true,
    rolldownOptions: {
      checks: { bundlerTimings: false },
      output: { codeSplitting: { groups: [firstPage] } },
    },
    // The first that have all that is used: popovers, AbortSignal.any, Intl.Segmenter. What browsers
    // have learned since then, test/browser/older-browser.test.ts takes away.
    target: ["chrome116", "safari17.4", "firefox125"],
  },
  server: { proxy: { "/v1": apiUrl, "^/media/\\d": apiUrl, "/client.json": apiUrl } },
});
