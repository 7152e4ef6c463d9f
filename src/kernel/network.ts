import { BlockList, isIPv4, isIPv6 } from "node:net";

/** An IPv4 address that is written as an IPv6 one. */
const mappedPattern = /^::ffff:([0-9]+\.[0-9]+\.[0-9]+\.[0-9]+)$/i;
const groupsOfAddress = 8;
const hexadecimal = 16;
/** Of the fourth group, what belongs to the network. */
const customerMask = 0xff00;

/** Of machines, networks and sites, and so of nobody who came over the internet. */
const privateNetworks = new BlockList();
for (const [network, prefix] of [
  ["127.0.0.0", 8],
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["169.254.0.0", 16],
] as const) {
  privateNetworks.addSubnet(network, prefix, "ipv4");
}
for (const [network, prefix] of [
  ["::1", 128],
  ["fc00::", 7],
  ["fe80::", 10],
] as const) {
  privateNetworks.addSubnet(network, prefix, "ipv6");
}

/**
 * Whom an address belongs to, as far as it tells: an IPv4 address, or the /56 of an IPv6 one, which
 * is the least that most providers give to one customer.
 */
export function networkOf(address: string): string {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [head = "", tail = ""] = plain.split("::");
  const groupsOf = (part: string): string[] => part.split(":").filter((group) => group !== "");
  const [left, right] = [groupsOf(head), groupsOf(tail)];
  const zeros = Array<string>(Math.max(0, groupsOfAddress - left.length - right.length)).fill("0");
  const [a = 0, b = 0, c = 0, d = 0] = [...left, ...zeros, ...right].map((group) =>
    Number.parseInt(group, hexadecimal),
  );
  const network = [a, b, c, d & customerMask].map((group) => group.toString(hexadecimal));
  return `${network.join(":")}::/56`;
}

/** Whether it may be that of a proxy, or of others in the same house, rather than of one person. */
export function isPrivate(address: string): boolean {
  const plain = plainAddress(address);
  if (isIPv4(plain)) return privateNetworks.check(plain, "ipv4");
  return isIPv6(plain) && privateNetworks.check(plain, "ipv6");
}

/** Without a zone, and IPv4 as such. */
function plainAddress(address: string): string {
  const [withoutZone = ""] = address.split("%");
  return mappedPattern.exec(withoutZone)?.[1] ?? withoutZone;
}
