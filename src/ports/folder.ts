/**
 * Every file of a folder by its path in it, with `/` between folders, as they were at one moment;
 * null where there is no such folder.
 */
export type ReadFolder = () => Promise<ReadonlyMap<string, Uint8Array> | null>;
