import { soon } from "../kernel/turns.ts";

/**
 * Gathers what is ready to be sent and hands it over together, once what has arrived meanwhile is
 * read: a write wakes whoever waits for it, which may cost more than the answer itself, and who is
 * awake takes the next answers at no such price. Nobody waits for others to come.
 */
export interface Together<Item> {
  add(item: Item): void;
}

/**
 * So many go at once even if more has arrived, so that the first does not wait for all: enough that
 * waking costs each little.
 */
const itemsMax = 16;

export function createTogether<Item>(send: (items: readonly Item[]) => void): Together<Item> {
  let items: Item[] = [];

  function flush(): void {
    const ready = items;
    items = [];
    if (ready.length > 0) {
      send(ready);
    }
  }

  return {
    add(item) {
      items.push(item);
      if (items.length === 1) {
        soon(flush);
      } else if (items.length === itemsMax) {
        flush();
      }
    },
  };
}
