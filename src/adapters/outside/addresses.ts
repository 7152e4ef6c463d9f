import { isIP, isIPv4 } from "node:net";
import ipaddr from "ipaddr.js";

/** Whether a request may go to an address, which is written as sockets and DNS write them. */
export type Reach = (address: string) => boolean;

export interface ReachOptions {
  /** Networks (`10.1.0.0/16`) or addresses that may be reached although they are nobody's on the internet. */
  readonly allow?: readonly string[];
  /** Networks that may not be reached whatever else is said of them. */
  readonly forbid?: readonly string[];
  /** Addresses of this machine, asked for anew each time: reached where they are allowed, however public they look. */
  readonly own?: () => readonly string[];
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Network = readonly [Address, number];

/** All that is given out to be reached from everywhere; the other seven eighths are not. */
const globalUnicast: Network = ipaddr.parseCIDR("2000::/3");
/**
 * A translator's addresses, by which a network without IPv4 reaches those that have nothing else. Its
 * resolver makes them up, so they are as good as what is in them.
 */
const translated: Network = ipaddr.parseCIDR("64:ff9b::/96");
const bytesOfIPv4 = 4;

/**
 * Global unicast addresses alone, and what is allowed besides. Throws for what is no network: that is
 * a setting's fault.
 */
export function createReach({ allow = [], forbid = [], own = () => [] }: ReachOptions = {}): Reach {
  const allowed = allow.map(networkOf);
  const forbidden = forbid.map(networkOf);
  return (text) => {
    const address = addressOf(text);
    if (address === null || isIn(address, forbidden)) {
      return false;
    }
    return isIn(address, allowed) || (isGlobal(address) && !isIn(address, own().map(networkOf)));
  };
}

function networkOf(text: string): Network {
  if (text.includes("/")) {
    return ipaddr.parseCIDR(text);
  }
  const address = ipaddr.parse(text);
  return [address, address.toByteArray().length * 8];
}

/** What is really reached by it. Null: not as sockets write addresses, or one of a link, which has a zone. */
function addressOf(text: string): Address | null {
  if (isIP(text) === 0 || text.includes("%")) {
    return null;
  }
  if (isIPv4(text)) {
    return ipaddr.parse(text);
  }
  // In groups alone: the library takes `::8.8.8.8` for `::ffff:8.8.8.8`, which sockets do not.
  const address = ipaddr.parse(new URL(`http://[${text}]`).hostname.slice(1, -1));
  const isInside = (address as ipaddr.IPv6).isIPv4MappedAddress() || isIn(address, [translated]);
  return isInside ? new ipaddr.IPv4(address.toByteArray().slice(-bytesOfIPv4)) : address;
}

function isIn(address: Address, networks: readonly Network[]): boolean {
  return networks.some(
    ([network, bits]) => network.kind() === address.kind() && address.match(network, bits),
  );
}

/** Addresses that have an IPv4 address in them in another way belong to tunnels, and are no unicast. */
function isGlobal(address: Address): boolean {
  const isGivenOut = address.kind() === "ipv4" || isIn(address, [globalUnicast]);
  return isGivenOut && address.range() === "unicast";
}
