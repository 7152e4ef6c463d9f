import { expect } from "vitest";
import type { MediaJson } from "../../src/modules/media/contract.ts";
import { expectStatus, type Api, type Person, type Reply } from "../support/api-client.ts";
import { fileForm, newPhoto } from "../support/media-files.ts";
import { untilServed } from "../support/until-served.ts";
import { areSeveral } from "./started-api.ts";

/** What tests of photos and videos do through the API. */

/** A busy machine makes the files of others first. */
const readyWithinMs = 60_000;

export interface FileReply {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
}

/** Sends the file as a form; `alt` goes before it. */
export function upload(
  person: Person,
  file: Buffer,
  { alt, key }: { readonly alt?: string; readonly key?: string } = {},
): Promise<Reply> {
  const { body, headers } = fileForm(file, alt);
  const keyed = key === undefined ? {} : { "idempotency-key": key };
  return person.post("/v1/media", body, { ...headers, ...keyed });
}

/** A photo of theirs that is taken, and whose files may not be made yet. */
export async function uploaded(person: Person, file?: Buffer): Promise<MediaJson> {
  return expectStatus(await upload(person, file ?? (await newPhoto())), 201).body.media;
}

export async function mediaOf(person: Person, id: string): Promise<MediaJson> {
  return expectStatus(await person.get(`/v1/media/${id}`), 200).body.media;
}

/** The media item once nothing is made of it any more: ready, or failed. */
export async function made(person: Person, id: string): Promise<MediaJson> {
  let media = await mediaOf(person, id);
  await expect
    .poll(async () => (media = await mediaOf(person, id)).state, { timeout: readyWithinMs })
    .not.toBe("processing");
  return media;
}

export async function readyPhoto(person: Person, file?: Buffer): Promise<MediaJson> {
  const { id } = await uploaded(person, file);
  const media = await made(person, id);
  expect(media.state).toBe("ready");
  return media;
}

/** Asks for a file by its address, without a word of who asks. */
export async function readFile(
  { url }: Pick<Api, "url">,
  address: string | null,
  init: RequestInit = {},
): Promise<FileReply> {
  if (address === null) {
    throw new Error("there is no address");
  }
  const read = async (): Promise<FileReply> => {
    const response = await fetch(new URL(address, url), init);
    const bytes = Buffer.from(await response.arrayBuffer());
    return { status: response.status, headers: response.headers, bytes };
  };
  return areSeveral ? untilServed(read, ({ status }) => status === 503) : read();
}

/** Every address that it tells. */
export function addressesOf({ url, previewUrl, variants }: MediaJson): readonly string[] {
  const all = [url, previewUrl, ...variants.map((variant) => variant.url)];
  return [...new Set(all.filter((address) => address !== null))];
}
