import { entries, type Config } from "./config.ts";

/** Settings as people read them. */

const notSet = "not set";

function textOf(value: unknown): string {
  if (value === null || (Array.isArray(value) && value.length === 0)) {
    return notSet;
  }
  return Array.isArray(value) ? value.join(",") : `${value as string | number | boolean}`;
}

/** What is in force, a line each, secrets hidden. */
export function describeConfig(config: Config): string {
  const lines = entries.map(([name, setting]) => {
    const value: unknown = config[name];
    const isSet = textOf(value) !== notSet;
    const shown = setting.isSecret === true && isSet ? "(hidden)" : textOf(value);
    const origin = value === setting.fallback ? " (default)" : "";
    return `${setting.variable}=${shown}${origin}`;
  });
  return lines.join("\n");
}

/** For `--help`: variable, flag, default, meaning. */
export function settingsHelp(): string {
  return entries
    .map(([, setting]) => {
      const flag = setting.flag === undefined ? "" : `, ${setting.flag}`;
      const shown = textOf(setting.fallback);
      return `  ${setting.variable}${flag}\n      ${setting.help}\n      Default: ${shown}. Allowed: ${setting.allowed}.`;
    })
    .join("\n");
}
