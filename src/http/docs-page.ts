import { exampleOf, type Resolve } from "./docs-example.ts";
import { pageOf } from "./docs-shell.ts";
import { schemaTable, schemaText } from "./docs-schema.ts";
import { html, markdown, type Html } from "./html.ts";
import type { OpenApiDocument, Operation } from "./openapi.ts";
import type { JsonSchema } from "./openapi-schemas.ts";
import { problemType } from "./problem-body.ts";

/** The reference as one page that works without script. */
export function docsPage(document: OpenApiDocument): string {
  const operations = operationsOf(document);
  const schemas = Object.entries(document.components["schemas"] ?? {});
  const resolve: Resolve = (reference) => {
    const name = reference.split("/").at(-1) ?? "";
    return document.components["schemas"]?.[name] ?? {};
  };
  const sections = document.tags.map(
    ({ name }) =>
      html`<section aria-labelledby="${anchorOf(name)}">
        <h2 id="${anchorOf(name)}">${name}</h2>
        ${operations
          .filter(({ operation }) => operation.tags.includes(name))
          .map((each) => operationSection(each, document, resolve))}
      </section>`,
  );
  return pageOf(
    "Maru API",
    navigation(document, operations),
    html`<h1>Maru API</h1>
      <p class="soft">
        Version ${String(document.info["version"])} ·
        <a href="/openapi.json">OpenAPI 3.1</a> · <a href="/docs/problems">Problems</a>
      </p>
      ${markdown(String(document.info["description"]))} ${sections}
      <h2 id="schemas">Schemas</h2>
      ${schemas.map(
        ([name, schema]) =>
          html`<article id="schema-${name}">
            <h3>${name}</h3>
            ${schemaTable(schema)}
          </article>`,
      )}`,
  );
}

interface PlacedOperation {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

function operationsOf(document: OpenApiDocument): readonly PlacedOperation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );
}

function navigation(document: OpenApiDocument, operations: readonly PlacedOperation[]): Html {
  return html`${document.tags.map(
      ({ name }) =>
        html`<h2><a href="#${anchorOf(name)}">${name}</a></h2>
          <ul>
            ${operations
              .filter(({ operation }) => operation.tags.includes(name))
              .map(
                ({ operation }) =>
                  html`<li><a href="#${operation.operationId}">${operation.summary}</a></li>`,
              )}
          </ul>`,
    )}
    <h2><a href="#schemas">Schemas</a></h2>`;
}

function operationSection(
  { method, path, operation }: PlacedOperation,
  document: OpenApiDocument,
  resolve: Resolve,
): Html {
  return html`<article id="${operation.operationId}">
    <h3>${operation.summary}</h3>
    <p class="route">
      <span class="method ${method}">${method}</span> <code>${path}</code>
      <span class="soft">${whoMay(operation)}</span>
    </p>
    ${operation.description === undefined ? null : markdown(operation.description)}
    ${parametersTable(operation, document)} ${bodySection(operation, resolve)}
    ${Object.entries(operation.responses).map(([status, response]) =>
      responseSection(status, response, resolve),
    )}
  </article>`;
}

function whoMay({ security }: Operation): string {
  if (security.length === 0) {
    return "for anyone";
  }
  const optional = security.some((scheme) => Object.keys(scheme).length === 0);
  return optional ? "for anyone; more with a token" : "with a token";
}

function parametersTable(operation: Operation, document: OpenApiDocument): Html | null {
  const parameters = (operation.parameters ?? []).map((parameter) => {
    const { $ref } = parameter;
    const name = typeof $ref === "string" ? ($ref.split("/").at(-1) ?? "") : "";
    return document.components["parameters"]?.[name] ?? parameter;
  });
  return parameters.length === 0
    ? null
    : html`<h4>Parameters</h4>
        <div class="scroll">
          <table>
            <tbody>
              ${parameters.map(parameterRow)}
            </tbody>
          </table>
        </div>`;
}

function parameterRow(parameter: JsonSchema): Html {
  const schema = (parameter["schema"] ?? {}) as JsonSchema;
  return html`<tr>
    <td><code>${String(parameter["name"])}</code></td>
    <td class="soft">
      ${String(parameter["in"])}${
        parameter["required"] === true ? html` <span class="required">required</span>` : null
      }
    </td>
    <td>${schemaText(schema)}</td>
    <td>${inlineText(parameter["description"])}</td>
  </tr>`;
}

function inlineText(value: unknown): Html | null {
  return typeof value === "string" ? markdown(value) : null;
}

function bodySection({ requestBody }: Operation, resolve: Resolve): Html | null {
  if (requestBody === undefined) {
    return null;
  }
  const schema = contentSchema(requestBody);
  return html`<h4>Body</h4>
    ${
      schema === undefined
        ? streamedBody(requestBody)
        : html`${schemaTable(schema)} ${exampleBlock(schema, resolve)}`
    }`;
}

/** What is sent as a stream is no JSON that could be shown by example. */
function streamedBody(requestBody: JsonSchema): readonly Html[] {
  return Object.entries(contentOf(requestBody)).map(
    ([mediaType, { schema = {} }]) =>
      html`<p><code>${mediaType}</code></p>
        ${schemaTable(schema)}`,
  );
}

function responseSection(status: string, response: JsonSchema, resolve: Resolve): Html | null {
  const schema = contentSchema(response);
  const isProblem = !/^[123]/.test(status);
  if (status === "default") {
    return null;
  }
  return html`<h4>${status}</h4>
    ${isProblem ? problemList(response) : inlineText(response["description"])}
    ${
      schema === undefined || isProblem
        ? null
        : html`${schemaTable(schema)} ${exampleBlock(schema, resolve)}`
    }`;
}

/** The codes stand in the description, one a line: `- \`code\` text`. */
function problemList(response: JsonSchema): Html {
  const lines = String(response["description"]).split("\n");
  return html`<ul>
    ${lines.map((line) => {
      const [, code = "", text = ""] = /^- `([^`]+)` ?(.*)$/.exec(line) ?? [];
      return html`<li>
        <a href="${problemType(code)}"><code>${code}</code></a> ${text}
      </li>`;
    })}
  </ul>`;
}

function contentSchema(holder: JsonSchema | undefined): JsonSchema | undefined {
  const content = contentOf(holder);
  return content["application/json"]?.schema ?? content["text/event-stream"]?.schema;
}

function contentOf(
  holder: JsonSchema | undefined,
): Readonly<Record<string, { readonly schema?: JsonSchema }>> {
  return (holder?.["content"] ?? {}) as Record<string, { schema?: JsonSchema }>;
}

function exampleBlock(schema: JsonSchema, resolve: Resolve): Html {
  const example = JSON.stringify(exampleOf(schema, resolve), null, 2);
  return html`<details>
    <summary>Example</summary>
    <pre>${example}</pre>
  </details>`;
}

function anchorOf(tag: string): string {
  return `tag-${tag.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`;
}
