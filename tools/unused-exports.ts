/** Finds exports that nothing uses. */
import ts from "typescript";

export type UnusedExport = {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  /** Tests do use it, but the product would not miss it. */
  readonly testsOnly: boolean;
};

export type Search = {
  readonly program: ts.Program;
  /** Whether a file's own exports are looked at; its uses of others always count. */
  readonly looksAt: (file: string) => boolean;
  readonly isTest: (file: string) => boolean;
};

type Uses = Map<ts.Symbol, Set<string>>;

/** What an import or a re-export stands for in the end. */
function origin(checker: ts.TypeChecker, symbol: ts.Symbol): ts.Symbol {
  return symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
}

function symbolOf(checker: ts.TypeChecker, name: ts.Identifier): ts.Symbol | undefined {
  const { parent } = name;
  if (ts.isShorthandPropertyAssignment(parent)) {
    return checker.getShorthandAssignmentValueSymbol(parent);
  }
  if (ts.isBindingElement(parent) && ts.isObjectBindingPattern(parent.parent)) {
    // `const { name } = await import("./file.ts")` uses an export without an import statement.
    return checker.getTypeAtLocation(parent.parent).getProperty(name.text);
  }
  return checker.getSymbolAtLocation(name);
}

function isDeclaration(name: ts.Identifier, symbol: ts.Symbol): boolean {
  if (ts.isExportSpecifier(name.parent)) return true;
  const declarations = symbol.declarations ?? [];
  return declarations.some((declaration) => ts.getNameOfDeclaration(declaration) === name);
}

/** For each symbol the files that name it elsewhere than where it is declared or exported. */
function collectUses(program: ts.Program, checker: ts.TypeChecker): Uses {
  const uses: Uses = new Map();
  for (const file of program.getSourceFiles()) {
    if (program.isSourceFileFromExternalLibrary(file) || file.isDeclarationFile) continue;
    const visit = (node: ts.Node): void => {
      if (ts.isIdentifier(node)) {
        const symbol = symbolOf(checker, node);
        const used = symbol && origin(checker, symbol);
        if (used && !isDeclaration(node, used)) {
          const files = uses.get(used) ?? new Set();
          uses.set(used, files.add(file.fileName));
        }
      }
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return uses;
}

export function findUnusedExports({ program, looksAt, isTest }: Search): UnusedExport[] {
  const checker = program.getTypeChecker();
  const uses = collectUses(program, checker);
  const found: UnusedExport[] = [];
  for (const source of program.getSourceFiles()) {
    const module = checker.getSymbolAtLocation(source);
    if (module === undefined || !looksAt(source.fileName)) continue;
    for (const exported of checker.getExportsOfModule(module)) {
      const users = [...(uses.get(origin(checker, exported)) ?? [])];
      // A use in its own file counts: whether it needs to be exported is no matter of dead code.
      const ofTests = users.filter((user) => isTest(user) && !isTest(source.fileName));
      if (users.length > ofTests.length) continue;
      const start = exported.declarations?.[0]?.getStart() ?? 0;
      const line = source.getLineAndCharacterOfPosition(start).line + 1;
      found.push({ file: source.fileName, line, name: exported.name, testsOnly: users.length > 0 });
    }
  }
  return found;
}

/**
 * The same for programs that share files, such as a page and its worker: an export is unused when
 * every program that has its file finds it so.
 */
export function findUnusedInAll(
  programs: readonly ts.Program[],
  options: Omit<Search, "program">,
): UnusedExport[] {
  const found = programs.map((program) => findUnusedExports({ ...options, program }));
  const nameOf = ({ file, name }: UnusedExport): string => `${file} ${name}`;
  const unused = found.map((list) => new Set(list.map(nameOf)));
  const isUsed = (one: UnusedExport): boolean =>
    programs.some(
      (program, at) =>
        program.getSourceFile(one.file) !== undefined && unused[at]?.has(nameOf(one)) === false,
    );
  const once = new Map(found.flat().map((one) => [nameOf(one), one]));
  return [...once.values()].filter((one) => !isUsed(one));
}
