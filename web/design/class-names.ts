/** The names that apply, as one class attribute; undefined where there is none. */
export function classNames(...names: readonly (string | false | null | undefined)[]): string {
  return names.filter((name) => name !== false && name !== null && name !== undefined).join(" ");
}
