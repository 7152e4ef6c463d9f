/** One block of a stream of server-sent events. `data` is null for one that only moves the id. */
export interface Block {
  readonly type: string;
  /** The last id that the stream has given, in this block or before; "" for none. */
  readonly id: string;
  readonly data: string | null;
}

/**
 * Takes a stream apart as its standard says, and gives each complete block. Also those without
 * data, whose id says how far a quiet stream has come; `EventSource` and its like keep them back.
 */
export function createBlockParser(onRetry: (ms: number) => void): (text: string) => Block[] {
  let rest = "";
  let id = "";
  let type = "";
  let data: string[] = [];
  let isTouched = false;

  function take(line: string, blocks: Block[]): void {
    if (line === "") {
      if (isTouched) {
        const said = data.length === 0 ? null : data.join("\n");
        blocks.push({ type: type === "" ? "message" : type, id, data: said });
      }
      type = "";
      data = [];
      isTouched = false;
      return;
    }
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    switch (name) {
      case "event":
        type = value;
        return;
      case "data":
        data.push(value);
        isTouched = true;
        return;
      case "id":
        id = value;
        isTouched = true;
        return;
      case "retry":
        if (/^\d+$/.test(value)) {
          onRetry(Number(value));
        }
    }
  }

  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    const blocks: Block[] = [];
    for (const line of lines) {
      take(line.endsWith("\r") ? line.slice(0, -1) : line, blocks);
    }
    return blocks;
  };
}
