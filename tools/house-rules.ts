/**
 * The habits of this project as lint rules. A rule to be added is an entry of `rules`, and a
 * violation planted for it in test/architecture/habits.test.ts; eslint.config.mjs says where each
 * of them holds.
 */
import path from "node:path";
import type { Rule } from "eslint";

type Broken = {
  /** ESLint selectors (https://eslint.org/docs/latest/extend/selectors) of what is forbidden. */
  readonly nodes?: readonly string[];
  /** Paths that are forbidden, with `/` between folders, from the project's root on. */
  readonly path?: RegExp;
};

function rule(message: string, { nodes = [], path: forbiddenPath }: Broken): Rule.RuleModule {
  return {
    meta: { type: "problem", schema: [], docs: { description: message } },
    create(context) {
      const report = (node: Rule.Node): void => {
        context.report({ node, message });
      };
      const listener: Rule.RuleListener = {};
      for (const selector of nodes) listener[selector] = report;
      const place = path.relative(context.cwd, context.filename).replaceAll(path.sep, "/");
      if (forbiddenPath?.test(place) === true) {
        listener.Program = (node) => {
          context.report({ node, message });
        };
      }
      return listener;
    },
  };
}

/** `object.property` and `object["property"]`. */
function member(object: string, property: string): string[] {
  const start = `MemberExpression[object.name="${object}"]`;
  return [`${start}[property.name="${property}"]`, `${start}[property.value="${property}"]`];
}

/** A relative path that does not end the way a file does that Node can load as it stands. */
const withoutExtension = String.raw`/^[.]{1,2}[/](?!.*[.](ts|tsx|mjs|json|css)$)/`;

export const rules = {
  "named-exports": rule("Export by name: a default export has no name to search for.", {
    nodes: ["ExportDefaultDeclaration", 'ExportSpecifier[exported.name="default"]'],
  }),
  "no-barrel": rule("Import from the file that has it: barrels hide what depends on what.", {
    nodes: ["ExportAllDeclaration"],
    path: /(?:^|\/)index\.[a-z]+$/u,
  }),
  "telling-names": rule("Name the file after what it does: this word says nothing about it.", {
    path: /(?:^|[-./])(?:utils?|helpers?|common|managers?|services?)(?:\/|\.[a-z.]+$)/u,
  }),
  "ts-extension": rule("Write a relative import with its extension (.ts), as Node loads it.", {
    nodes: [
      `ImportDeclaration[source.value=${withoutExtension}]`,
      `ExportNamedDeclaration[source.value=${withoutExtension}]`,
      `ImportExpression[source.value=${withoutExtension}]`,
    ],
  }),
  "environment-in-main": rule("Take it from Config: only src/main.ts reads the environment.", {
    nodes: [
      ...member("process", "env"),
      'ImportDeclaration[source.value=/^(node:)?process$/] ImportSpecifier[imported.name="env"]',
    ],
  }),
  "clock-handed-in": rule("Ask the clock that is handed in, so that a test can set it.", {
    nodes: [
      ...member("Date", "now"),
      ...member("performance", "now"),
      ...member("process", "hrtime"),
      'NewExpression[callee.name="Date"][arguments.length=0]',
      'CallExpression[callee.name="Date"]',
    ],
  }),
  "no-raw-html": rule("Let React write it: what stands in a text must stay a text.", {
    nodes: [
      'JSXAttribute[name.name="dangerouslySetInnerHTML"]',
      'Property[key.name="dangerouslySetInnerHTML"]',
      "AssignmentExpression > MemberExpression.left[property.name=/^(inner|outer)HTML$/]",
      "CallExpression[callee.property.name=/^(insertAdjacentHTML|setHTMLUnsafe|createContextualFragment)$/]",
    ],
  }),
  "chance-handed-in": rule("Ask the source that is handed in, so that a test can repeat it.", {
    nodes: member("Math", "random"),
  }),
} satisfies Record<string, Rule.RuleModule>;
