import { generateKeyPairSync, randomBytes, sign } from "node:crypto";

/** A certificate of its own for one name, as TLS servers have them, in PEM. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** Tags of DER. */
const tag = {
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  text: 0x0c,
  generalTime: 0x18,
  sequence: 0x30,
  set: 0x31,
  version: 0xa0,
  extensions: 0xa3,
  dnsName: 0x82,
} as const;
const oid = {
  ecdsaWithSha256: "2a8648ce3d040302",
  commonName: "550403",
  alternativeNames: "551d11",
} as const;

function der(kind: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([kind, ...head]), content]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(tag.sequence, ...parts);
const named = (hex: string): Buffer => der(tag.oid, Buffer.from(hex, "hex"));
const time = (text: string): Buffer => der(tag.generalTime, Buffer.from(text));
/** The first byte says how many bits of the last are none. */
const bits = (bytes: Buffer): Buffer => der(tag.bits, Buffer.from([0]), bytes);

export function makeCertificate(name: string): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = sequence(named(oid.ecdsaWithSha256));
  const who = sequence(
    der(tag.set, sequence(named(oid.commonName), der(tag.text, Buffer.from(name)))),
  );
  const names = sequence(der(tag.dnsName, Buffer.from(name)));
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(8)]);
  const signed = sequence(
    der(tag.version, der(tag.integer, Buffer.from([2]))),
    der(tag.integer, serial),
    algorithm,
    who,
    sequence(time("20200101000000Z"), time("21200101000000Z")),
    who,
    publicKey.export({ type: "spki", format: "der" }),
    der(tag.extensions, sequence(sequence(named(oid.alternativeNames), der(tag.octets, names)))),
  );
  const bytes = sequence(signed, algorithm, bits(sign("sha256", signed, privateKey)));
  const lines = bytes.toString("base64").match(/.{1,64}/gu) ?? [];
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }),
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`,
  };
}
