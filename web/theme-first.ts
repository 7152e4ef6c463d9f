import type { Plugin } from "vite";
import { putFirstTheme, themeKey } from "./app/first-theme.ts";

const name = "theme.js";
const pathInDevelopment = `/assets/${name}`;
const source = `(${String(putFirstTheme)})(${JSON.stringify(themeKey)});\n`;

/**
 * Puts a small script before the styles: a page whose reader chose another theme than the system's
 * would otherwise be painted in the wrong one until the whole script is there. The content security
 * policy allows no script in the page itself.
 */
export function themeFirst(): Plugin {
  return {
    name: "theme-first",
    buildStart() {
      if (this.environment.mode === "build") {
        this.emitFile({ type: "asset", name, source });
      }
    },
    configureServer({ middlewares }) {
      middlewares.use(pathInDevelopment, (_request, response) => {
        response.setHeader("content-type", "text/javascript");
        response.end(source);
      });
    },
    transformIndexHtml(_html, { bundle = {} }) {
      const built = Object.values(bundle).find(
        (file) => file.type === "asset" && file.names.includes(name),
      );
      const src = built === undefined ? pathInDevelopment : `/${built.fileName}`;
      return [{ tag: "script", attrs: { src }, injectTo: "head-prepend" }];
    },
  };
}
