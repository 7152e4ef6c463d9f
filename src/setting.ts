/** One thing that can be set: its names, what is allowed, and what the reference says of it. */
export interface Setting<T> {
  readonly variable: string;
  /** The flag of `serve` and the other commands that sets the same. */
  readonly flag?: string;
  /** The flag may stand without a value, which is then `true`. */
  readonly isSwitch?: boolean;
  readonly help: string;
  readonly allowed: string;
  readonly fallback: T;
  /** Never printed. */
  readonly isSecret?: boolean;
  /** Undefined: not allowed. */
  readonly parse: (text: string) => T | undefined;
  /** Of what is not allowed, what is wrong with it; nothing of a secret is in it. */
  readonly fault?: (text: string) => string | null;
}

/** Written with digits alone. */
export function wholeNumber(
  setting: {
    readonly variable: string;
    readonly flag?: string;
    readonly help: string;
    readonly fallback: number;
  },
  min: number,
  max: number,
): Setting<number> {
  return {
    ...setting,
    allowed: `a whole number from ${String(min)} to ${String(max)}`,
    parse(text) {
      const value = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
      return value >= min && value <= max ? value : undefined;
    },
  };
}

export function oneOf<T extends string>(
  setting: { readonly variable: string; readonly help: string; readonly fallback: T },
  values: readonly T[],
): Setting<T> {
  return {
    ...setting,
    allowed: `one of ${values.join(", ")}`,
    parse: (text) => values.find((value) => value === text),
  };
}

export function switched(setting: {
  readonly variable: string;
  readonly help: string;
  readonly fallback: boolean;
}): Setting<boolean> {
  return {
    ...setting,
    allowed: "true or false",
    parse: (text) => (text === "true" ? true : text === "false" ? false : undefined),
  };
}

export function isUrl(text: string, protocols: readonly string[]): boolean {
  return URL.canParse(text) && protocols.includes(new URL(text).protocol);
}
