/** Finds packages in package.json that nothing imports. */
import ts from "typescript";

export type PackageList = {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
};

/** `@scope/name/file` and `name/file` belong to the packages `@scope/name` and `name`. */
function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function importedBy(
  programs: readonly ts.Program[],
  counts: (file: string) => boolean,
): Set<string> {
  const packages = new Set<string>();
  for (const program of programs) {
    for (const file of program.getSourceFiles()) {
      if (program.isSourceFileFromExternalLibrary(file) || !counts(file.fileName)) continue;
      for (const { fileName } of ts.preProcessFile(file.text).importedFiles) {
        packages.add(packageOf(fileName));
      }
    }
  }
  // Types that come apart from their package are used when it is.
  for (const name of [...packages]) packages.add(`@types/${name}`);
  return packages;
}

/**
 * A dependency must be imported by what is shipped, a development dependency by anything.
 * `usedOtherwise` names those that are used without an import.
 */
export function findUnusedPackages(
  programs: readonly ts.Program[],
  list: PackageList,
  usedOtherwise: readonly string[],
  isShipped: (file: string) => boolean,
): string[] {
  const shipped = importedBy(programs, isShipped);
  const anywhere = importedBy(programs, () => true);
  const unused = [
    ...Object.keys(list.dependencies ?? {}).filter((name) => !shipped.has(name)),
    ...Object.keys(list.devDependencies ?? {}).filter((name) => !anywhere.has(name)),
  ];
  return unused.filter((name) => !usedOtherwise.includes(name));
}
