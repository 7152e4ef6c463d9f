/** Finds which messages the sources of the web client use, and texts that are no messages. */
import ts from "typescript";

export type Source = {
  /** From the project's root. */
  readonly name: string;
  readonly text: string;
};

/** What is wrong with the sources, a sentence each, with where it is. */
export function findUseFaults(sources: readonly Source[], keys: ReadonlySet<string>): string[] {
  const faults: string[] = [];
  const used = new Set<string>();
  for (const source of sources) {
    const file = parse(source);
    const complain = (node: ts.Node, what: string): void => {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
      faults.push(`${source.name}:${line + 1} ${what}`);
    };
    const visit = (node: ts.Node): void => {
      // A key may be chosen first and said later, so every text that is a key counts as its use.
      if (ts.isStringLiteralLike(node) && keys.has(node.text)) used.add(node.text);
      for (const pattern of keysAskedFor(node)) {
        const matching = [...keys].filter((key) => pattern.matches(key));
        for (const key of matching) used.add(key);
        if (matching.length === 0) complain(node, `there is no message ${pattern.shown}`);
      }
      for (const text of textsShown(node)) {
        complain(text, `a text that is no message: ${text.getText(file).trim()}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  const unused = [...keys].filter((key) => !used.has(key)).sort();
  return [...faults, ...unused.map((key) => `no source uses the message ${key}`)];
}

function parse({ name, text }: Source): ts.SourceFile {
  const kind = name.endsWith(".tsx") ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  return ts.createSourceFile(name, text, ts.ScriptTarget.ESNext, true, kind);
}

type AskedKey = { readonly shown: string; readonly matches: (key: string) => boolean };

/** The keys of `t("key")`, of both branches of a condition, and of a template with holes. */
function keysAskedFor(node: ts.Node): AskedKey[] {
  if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression)) return [];
  const [argument] = node.arguments;
  if (node.expression.text !== "t" || argument === undefined) return [];
  return outcomesOf(argument).flatMap((outcome) => {
    if (ts.isStringLiteralLike(outcome)) {
      const { text } = outcome;
      return [{ shown: text, matches: (key: string) => key === text }];
    }
    if (!ts.isTemplateExpression(outcome)) return [];
    const parts = [outcome.head.text, ...outcome.templateSpans.map(({ literal }) => literal.text)];
    const pattern = new RegExp(`^${parts.map((part) => RegExp.escape(part)).join("[^.]+")}$`, "u");
    return [{ shown: parts.join("…"), matches: (key: string) => pattern.test(key) }];
  });
}

/** What an expression may come to, as far as its form tells. */
function outcomesOf(expression: ts.Expression): ts.Expression[] {
  if (ts.isParenthesizedExpression(expression)) return outcomesOf(expression.expression);
  if (ts.isConditionalExpression(expression)) {
    return [expression.whenTrue, expression.whenFalse].flatMap(outcomesOf);
  }
  if (ts.isBinaryExpression(expression)) {
    return [expression.left, expression.right].flatMap(outcomesOf);
  }
  return [expression];
}

/** Attributes that people see or hear, of elements and of our own components. */
const shownAttribute =
  /^(?!enterKeyHint$)(?:aria-(?:label|description|roledescription|valuetext|placeholder)|title|placeholder|alt|label|text|hint|\w+(?:Label|Title|Text|Hint))$/u;
const letter = /\p{L}/u;

/** Literal texts that people would see whatever language they read. */
function textsShown(node: ts.Node): ts.Node[] {
  if (ts.isJsxText(node)) return letter.test(node.text) ? [node] : [];
  if (ts.isJsxAttribute(node)) {
    const { initializer } = node;
    if (initializer === undefined || !shownAttribute.test(node.name.getText())) return [];
    if (ts.isStringLiteral(initializer)) return letter.test(initializer.text) ? [initializer] : [];
    return ts.isJsxExpression(initializer) ? literalsIn(initializer) : [];
  }
  const isChild =
    ts.isJsxExpression(node) && (ts.isJsxElement(node.parent) || ts.isJsxFragment(node.parent));
  return isChild ? literalsIn(node) : [];
}

function literalsIn({ expression }: ts.JsxExpression): ts.Expression[] {
  const outcomes = expression === undefined ? [] : outcomesOf(expression);
  return outcomes.filter((outcome) => {
    if (ts.isStringLiteralLike(outcome)) return letter.test(outcome.text);
    if (!ts.isTemplateExpression(outcome)) return false;
    const parts = [outcome.head, ...outcome.templateSpans.map(({ literal }) => literal)];
    return parts.some(({ text }) => letter.test(text));
  });
}
