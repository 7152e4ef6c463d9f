import { useState } from "react";
import { firstGrapheme } from "./first-grapheme.ts";
import styles from "./avatar.module.css";

export interface AvatarProps {
  readonly account: {
    readonly id: string;
    readonly name: string;
    readonly avatarUrl: string | null;
  };
  /** In pixels. */
  readonly size?: number;
}

const toneCount = 8;

const hashStart = 2_166_136_261;
const hashStep = 16_777_619;

/** Ids that are given one after another differ in their middle: every digit counts. */
function toneOf(id: string): number {
  let hash = hashStart;
  for (const digit of id) {
    hash = Math.imul(hash ^ Number(digit), hashStep);
  }
  return (hash >>> 0) % (toneCount * toneCount);
}

/** A person's picture; two tones chosen by the id and the name's first letter until it has come. */
export function Avatar({ account, size = 44 }: AvatarProps) {
  const { id, name, avatarUrl } = account;
  const [failed, setFailed] = useState<string | null>(null);
  const tone = toneOf(id);
  return (
    <span
      className={styles["avatar"]}
      data-tone={tone % toneCount}
      data-second={Math.floor(tone / toneCount)}
      style={{ width: size, height: size, fontSize: size * 0.42 }}
      aria-hidden="true"
    >
      {firstGrapheme(name)}
      {avatarUrl === null || avatarUrl === failed ? null : (
        <img
          key={avatarUrl}
          src={avatarUrl}
          alt=""
          width={size}
          height={size}
          decoding="async"
          onLoad={({ currentTarget }) => {
            currentTarget.dataset["loaded"] = "";
          }}
          onError={() => {
            setFailed(avatarUrl);
          }}
        />
      )}
    </span>
  );
}
