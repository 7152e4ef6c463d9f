import { createServer, type AddressInfo } from "node:net";

/** Ports on 127.0.0.1 that nobody listens on at the moment. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  const ports: number[] = [];
  for (const server of servers) {
    if (!server.listening) {
      await new Promise((resolve) => server.once("listening", resolve));
    }
    ports.push((server.address() as AddressInfo).port);
  }
  for (const server of servers) {
    await new Promise((resolve) => server.close(resolve));
  }
  return ports;
}
