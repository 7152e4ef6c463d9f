import { docsStyle } from "./docs-style.ts";
import { Html, html } from "./html.ts";

/** Stands apart from the template, because the policy of the page names its hash. */
const style = new Html(`<style>${docsStyle}</style>`);

export function pageOf(title: string, navigation: Html, content: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        ${style}
      </head>
      <body>
        <a class="skip" href="#content">To the content</a>
        <div class="page">
          <nav aria-label="Reference">${navigation}</nav>
          <main id="content">${content}</main>
        </div>
      </body>
    </html> `.text;
}
