/**
 * Reads as much YAML as a compose file has: maps and lists by indentation or in brackets, plain and quoted texts, comments,
 * anchors, aliases and merges. Whatever else there is, is an error.
 */
export type Yaml = string | readonly Yaml[] | { readonly [name: string]: Yaml };
type YamlMap = Record<string, Yaml>;

interface Line {
  readonly indent: number;
  readonly text: string;
}

const isMap = (value: Yaml | undefined): value is YamlMap =>
  typeof value === "object" && !Array.isArray(value);

export function readYaml(source: string): YamlMap {
  const lines = source
    .split("\n")
    .filter((text) => !/^\s*(?:#.*)?$/u.test(text))
    .map((text) => ({ indent: text.search(/\S/u), text: text.trim() }));
  const anchors = new Map<string, Yaml>();
  let at = 0;

  function block(indent: number): Yaml {
    return lines[at]?.text.startsWith("- ") === true ? list(indent) : map(indent);
  }

  function list(indent: number): Yaml {
    const items: Yaml[] = [];
    for (let line = lines[at]; line?.indent === indent; line = lines[at]) {
      if (!line.text.startsWith("- ")) break;
      // What follows the dash is a block of its own, which begins where its text does.
      const inner: Line = { indent: indent + 2, text: line.text.slice(2).trim() };
      if (/^[\w.-]+:(?: |$)/u.test(inner.text)) {
        lines[at] = inner;
        items.push(map(inner.indent));
      } else {
        at += 1;
        items.push(flow(inner.text));
      }
    }
    return items;
  }

  function map(indent: number): YamlMap {
    const entries: YamlMap = {};
    for (let line = lines[at]; line?.indent === indent; line = lines[at]) {
      const [, name, rest = ""] = /^(<<|[\w.-]+):(?: +(.*))?$/u.exec(line.text) ?? [];
      if (name === undefined) throw new Error(`no entry of a map: ${line.text}`);
      at += 1;
      set(entries, name, valueOf(rest, indent));
    }
    return entries;
  }

  function valueOf(rest: string, indent: number): Yaml {
    const [, anchor, text = ""] = /^(?:&([\w-]+) *)?(.*)$/u.exec(rest) ?? [];
    const next = lines[at];
    const value =
      text === "" && next !== undefined && next.indent > indent ? block(next.indent) : flow(text);
    if (anchor !== undefined) anchors.set(anchor, value);
    return value;
  }

  /** A merge gives what the map itself does not say. */
  function set(entries: YamlMap, name: string, value: Yaml): void {
    if (name !== "<<") entries[name] = value;
    else if (isMap(value)) Object.assign(entries, { ...value, ...entries });
    else throw new Error("a merge takes a map");
  }

  function flow(text: string): Yaml {
    const tokens =
      text.match(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[[\]{},]|(?:\$\{[^}]*\}|[^[\]{},"'])+/gu) ?? [];
    const inBrackets = /^[[{]/u.test(text);
    return inBrackets ? bracket(tokens.map((token) => token.trim()).filter(Boolean)) : scalar(text);
  }

  function bracket(tokens: string[]): Yaml {
    const first = tokens.shift() ?? "";
    if (first !== "[" && first !== "{") return scalar(first);
    const items: Yaml[] = [];
    const entries: YamlMap = {};
    while (tokens.length > 0 && !/^[\]}]$/u.test(tokens[0] ?? "")) {
      if (tokens[0] === ",") tokens.shift();
      else if (first === "[") items.push(bracket(tokens));
      else {
        const [, name = "", rest = ""] = /^(<<|[\w.-]+): *(.*)$/u.exec(tokens.shift() ?? "") ?? [];
        set(entries, name, rest === "" ? bracket(tokens) : scalar(rest));
      }
    }
    tokens.shift();
    return first === "[" ? items : entries;
  }

  function scalar(text: string): Yaml {
    if (text.startsWith("*")) {
      const value = anchors.get(text.slice(1));
      if (value === undefined) throw new Error(`no anchor ${text}`);
      return value;
    }
    if (text.startsWith('"')) return JSON.parse(text) as string;
    if (text.startsWith("'")) return text.slice(1, -1).replaceAll("''", "'");
    if (text === "{}") return {};
    if (/^[|>%@`!&]/u.test(text)) throw new Error(`not read here: ${text}`);
    return text;
  }

  const whole = map(0);
  if (at < lines.length) throw new Error(`out of place: ${lines[at]?.text ?? ""}`);
  return whole;
}
