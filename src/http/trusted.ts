import { BlockList, isIP } from "node:net";

/** Whether an address is one of the proxies whose `X-Forwarded-For`, `-Host` and `-Proto` are believed. */
export function createTrust(proxies: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  const familyOf = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");
  for (const proxy of proxies) {
    const [address = "", prefix] = proxy.split("/");
    if (prefix === undefined) {
      list.addAddress(address, familyOf(address));
    } else {
      list.addSubnet(address, Number(prefix), familyOf(address));
    }
  }
  return (address) => isIP(address) !== 0 && list.check(address, familyOf(address));
}
