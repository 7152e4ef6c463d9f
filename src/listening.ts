import type { Setting } from "./setting.ts";

/** An address that the node cannot have. The message names it, the cause, and what chose it. */
class ListenError extends Error {
  override readonly name = "ListenError";
}

interface AddressSettings {
  readonly host: Setting<string>;
  readonly port: Setting<number>;
}

/** Waits until a server listens; where it cannot, the person who started it learns what to change. */
export async function listening<T>(begun: Promise<T>, { host, port }: AddressSettings): Promise<T> {
  try {
    return await begun;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ListenError(
      `Maru ${message}. Choose another port with ${port.flag ?? port.variable} (${port.variable}), or another address with ${host.variable}.`,
      { cause: error },
    );
  }
}
