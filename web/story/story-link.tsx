import { useState } from "react";
import type { Story } from "../data/client.ts";
import { Icon } from "../design/icons.tsx";
import { hostOf } from "./shown-host.ts";
import { safeAddress, shortened } from "./text-parts.ts";
import styles from "./story-link.module.css";

type Link = NonNullable<Story["link"]>;

/** Where a story leads: as a card, once it is known what is there; a line with the address until then. */
export function StoryLink({ link }: { readonly link: Link }) {
  const href = safeAddress(link.url);
  if (href === null) {
    return null;
  }
  const isKnown = link.title !== null || link.imageUrl !== null;
  return (
    <a
      className={styles["link"]}
      data-card={isKnown || undefined}
      href={href}
      target="_blank"
      rel="noopener noreferrer nofollow ugc"
      title={href}
    >
      {isKnown ? (
        <Card href={href} link={link} />
      ) : (
        <>
          <Icon name="link" size={20} />
          <span className={styles["address"]}>{shortened(href)}</span>
        </>
      )}
    </a>
  );
}

function Card({ href, link }: { readonly href: string; readonly link: Link }) {
  const { title, description, imageUrl } = link;
  const [failed, setFailed] = useState<string | null>(null);
  const host = hostOf(new URL(href), link.url).replace(/^www\./, "");
  return (
    <>
      {imageUrl === null ? null : (
        <span className={styles["picture"]}>
          {imageUrl === failed ? (
            <Icon name="link" />
          ) : (
            <img
              src={imageUrl}
              alt=""
              loading="lazy"
              decoding="async"
              onError={() => {
                setFailed(imageUrl);
              }}
            />
          )}
        </span>
      )}
      <span className={styles["words"]} data-folded>
        <span className={styles["host"]} dir="ltr">
          {title === null ? shortened(href) : host}
        </span>
        {title === null ? null : (
          <span className={styles["title"]} dir="auto">
            {title}
          </span>
        )}
        {description === null ? null : (
          <span className={styles["description"]} dir="auto">
            {description}
          </span>
        )}
      </span>
    </>
  );
}
