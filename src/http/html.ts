/** HTML that is made on the server: what stands in a template is escaped, unless it is HTML itself. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = string | number | Html | readonly (Html | null)[] | null;

export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const text = strings.reduce(
    (before, string, index) => before + render(parts[index - 1]) + string,
  );
  return new Html(text);
}

function render(part: Part | undefined): string {
  if (part === null || part === undefined) {
    return "";
  }
  if (part instanceof Html) {
    return part.text;
  }
  if (typeof part === "string" || typeof part === "number") {
    return escape(String(part));
  }
  return part.map(render).join("");
}

function escape(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/** The little of Markdown that descriptions use: paragraphs, lists, `code` and **strong**. */
export function markdown(text: string): Html {
  const blocks = text.split(/\n{2,}/).map((block) => {
    const lines = block.split("\n");
    return lines.every((line) => line.startsWith("- "))
      ? html`<ul>
          ${lines.map((line) => html`<li>${inline(line.slice(2))}</li>`)}
        </ul>`
      : html`<p>${inline(block)}</p>`;
  });
  return html`${blocks}`;
}

function inline(text: string): Html {
  return new Html(
    escape(text)
      .replaceAll(/`([^`]+)`/g, "<code>$1</code>")
      .replaceAll(/\*\*([^*]+)\*\*/g, "<strong>$1</strong>"),
  );
}
