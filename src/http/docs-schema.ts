import { html, markdown, type Html } from "./html.ts";
import type { JsonSchema } from "./openapi-schemas.ts";

/** A schema as a table of its members, or as one line where it has none. */
export function schemaTable(schema: JsonSchema): Html {
  const properties = (schema["properties"] ?? {}) as Record<string, JsonSchema>;
  const required = (schema["required"] ?? []) as readonly string[];
  const rows = Object.entries(properties);
  return rows.length === 0
    ? html`<p>${schemaText(schema)}</p>`
    : html`<div class="scroll">
        <table>
          <tbody>
            ${rows.map(
              ([name, member]) =>
                html`<tr>
                  <td><code>${name}</code></td>
                  <td class="soft">
                    ${
                      required.includes(name)
                        ? html`<span class="required">required</span>`
                        : html`<span>optional</span>`
                    }
                  </td>
                  <td>${schemaText(member)}</td>
                  <td>
                    ${typeof member["description"] === "string" ? markdown(member["description"]) : null}
                  </td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`;
}

/** A schema in a few words, with links to those that have names. */
export function schemaText(schema: JsonSchema): Html {
  const { $ref, anyOf, items, const: constant, enum: values, properties, type } = schema;
  if (typeof $ref === "string") {
    const name = $ref.split("/").at(-1) ?? "";
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  if (Array.isArray(anyOf)) {
    return joined((anyOf as readonly JsonSchema[]).map(schemaText), " or ");
  }
  if (constant !== undefined) {
    return html`<code>${JSON.stringify(constant)}</code>`;
  }
  if (Array.isArray(values)) {
    return joined(
      (values as readonly unknown[]).map((value) => html`<code>${JSON.stringify(value)}</code>`),
      ", ",
    );
  }
  if (items !== undefined) {
    return html`list of ${schemaText(items as JsonSchema)}${boundsOf(schema)}`;
  }
  return properties === undefined || Object.keys(properties as object).length === 0
    ? html`${typeof type === "string" ? type : "anything"}${boundsOf(schema)}`
    : html`object ${schemaTable(schema)}`;
}

function joined(parts: readonly Html[], separator: string): Html {
  return html`${parts.map((part, index) => (index === 0 ? part : html`${separator}${part}`))}`;
}

const boundTexts: readonly (readonly [string, string])[] = [
  ["format", ""],
  ["minimum", "from "],
  ["maximum", "to "],
  ["minLength", "at least "],
  ["maxLength", "at most "],
  ["maxItems", "at most "],
  ["default", "default "],
];

function boundsOf(schema: JsonSchema): string {
  const bounds = boundTexts.flatMap(([keyword, text]) => {
    const bound = schema[keyword];
    return typeof bound === "string" || typeof bound === "number" ? [`${text}${bound}`] : [];
  });
  return bounds.length === 0 ? "" : `, ${bounds.join(", ")}`;
}
