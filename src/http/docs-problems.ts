import type { Route } from "../ports/routes.ts";
import { pageOf } from "./docs-shell.ts";
import { html, type Html } from "./html.ts";
import { generalProblems } from "./problems.ts";

export interface DocumentedProblem {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  /** The operations that say that they may answer it; none for those that any may. */
  readonly operations: readonly string[];
}

/** Every problem by its code, those of the routes and those that any route may answer. */
export function problemKindsOf(routes: readonly Route[]): readonly DocumentedProblem[] {
  const byCode = new Map<string, DocumentedProblem>(
    generalProblems.map(({ code, status, title }) => [
      code,
      { code, status, title, operations: [] },
    ]),
  );
  for (const route of routes) {
    for (const { code, status, title = "" } of route.problems ?? []) {
      const known = byCode.get(code) ?? { code, status, title, operations: [] };
      byCode.set(code, { ...known, operations: [...known.operations, route.operationId] });
    }
  }
  return [...byCode.values()].sort((a, b) => (a.code < b.code ? -1 : 1));
}

export function problemsPage(problems: readonly DocumentedProblem[]): string {
  return pageOf(
    "Maru API: problems",
    html`<ul>
      <li><a href="/docs">Reference</a></li>
    </ul>`,
    html`<h1>Problems</h1>
      <p>
        Whatever goes wrong is answered as <code>application/problem+json</code>. Branch on
        <code>code</code>: it is stable, while the texts may change.
      </p>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Code</th>
              <th scope="col">Status</th>
              <th scope="col">Meaning</th>
              <th scope="col">Where</th>
            </tr>
          </thead>
          <tbody>
            ${problems.map(
              ({ code, status, title, operations }) =>
                html`<tr id="${code}">
                  <td><code>${code}</code></td>
                  <td>${status}</td>
                  <td>${title}</td>
                  <td>${operations.length === 0 ? "anywhere" : operationLinks(operations)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`,
  );
}

function operationLinks(operationIds: readonly string[]): Html {
  return html`${operationIds.map((id) => html`<a href="/docs#${id}">${id}</a> `)}`;
}
