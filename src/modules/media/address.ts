import { randomBytes } from "node:crypto";
import { parseId, type Id } from "../../kernel/id.ts";
import { tagBytes, type Keyring } from "../../kernel/keyring.ts";

/**
 * Addresses of files: `/media/<id>.<secret>/<file>`. The secret cannot be guessed, so a public address is
 * good for who was given it. Others carry a signature besides, `?s=<key>.<end>.<tag>`, whose time ends.
 *
 * Signatures change every six hours, each item's at a moment of its own, so that browsers keep what they
 * have meanwhile and a node never makes all of its stories anew at once.
 */
export interface Addresses {
  /** The path of an item's files, without the file, and what comes after it. */
  of(
    media: { readonly id: Id; readonly secret: string },
    access: "public" | "signed",
  ): { readonly before: string; readonly after: string; readonly untilS: number };
  /** The address of a path of this server's own. */
  at(path: string): string;
  /** Whether the signature is one of ours, for these files, and its time has not ended. */
  isSigned(media: { readonly id: Id; readonly secret: string }, signature: string): boolean;
}

/** 128 bits. */
const secretBytes = 16;
const hourS = 3_600;
export const signedForS = 24 * hourS;
const renewedEveryS = 6 * hourS;
const purpose = "media address";
const radix = 36;
const msPerSecond = 1_000;
export const mediaPath = "/media/";
const signaturePattern = /^(\d{1,3})\.([0-9a-z]{1,10})\.([\w-]{22})$/;

export function newSecret(): string {
  return randomBytes(secretBytes).toString("base64url");
}

/** Another one for each attempt, because two may be under way at once. */
export function newBlobPrefix(mediaId: Id): string {
  return `${String(mediaId)}/${newSecret().replace(/^-/, "_")}`;
}

/** `<id>.<secret>`, as it stands in an address; null for anything else. */
export function parseAddress(text: string): { readonly id: Id; readonly secret: string } | null {
  const [idText = "", secret = "", ...rest] = text.split(".");
  const id = parseId(idText);
  return id === undefined || secret === "" || rest.length > 0 ? null : { id, secret };
}

/** Of an item's files, without the file. */
export function pathOf({ id, secret }: { readonly id: Id; readonly secret: string }): string {
  return `${mediaPath}${String(id)}.${secret}/`;
}

export function createAddresses(deps: {
  readonly keyring: Keyring;
  readonly nowMs: () => number;
  /** In front of every path; empty where it is the API's own. */
  readonly baseUrl: string;
}): Addresses {
  const { keyring, baseUrl } = deps;
  const messageOf = (name: string, endS: number): string => `${name} ${String(endS)}`;

  return {
    of({ id, secret }, access) {
      const before = `${baseUrl}${pathOf({ id, secret })}`;
      if (access === "public") {
        return { before, after: "", untilS: 0 };
      }
      const name = `${String(id)}.${secret}`;
      const nowS = Math.floor(deps.nowMs() / msPerSecond);
      // Ids of one moment differ in their last bits alone.
      const offsetS = Number((id * 2_654_435_761n) % BigInt(renewedEveryS));
      const beganS = nowS - ((nowS - offsetS) % renewedEveryS);
      const endS = beganS + signedForS;
      const { keyId, tag } = keyring.sign(purpose, messageOf(name, endS));
      const after = `?s=${String(keyId)}.${endS.toString(radix)}.${tag.toString("base64url")}`;
      return { before, after, untilS: beganS + renewedEveryS };
    },
    at: (path) => `${baseUrl}${path}`,
    isSigned({ id, secret }, signature) {
      const [, keyId = "", end = "", tag = ""] = signaturePattern.exec(signature) ?? [];
      const endS = Number.parseInt(end, radix);
      const bytes = Buffer.from(tag, "base64url");
      return (
        bytes.length === tagBytes &&
        // Each signature has one way to be written, as caches count addresses.
        bytes.toString("base64url") === tag &&
        endS.toString(radix) === end &&
        endS * msPerSecond > deps.nowMs() &&
        keyring.verify(purpose, messageOf(`${String(id)}.${secret}`, endS), Number(keyId), bytes)
      );
    },
  };
}
