import type { Story } from "../data/client.ts";
import { Icon } from "../design/icons.tsx";
import { safeAddress, shortened } from "./text-parts.ts";
import styles from "./story-link.module.css";

/** Where a story leads, as a line of its own. */
export function StoryLink({ link }: { readonly link: NonNullable<Story["link"]> }) {
  const href = safeAddress(link.url);
  if (href === null) {
    return null;
  }
  return (
    <a
      className={styles["link"]}
      href={href}
      target="_blank"
      rel="noopener noreferrer nofollow ugc"
      title={href}
    >
      <Icon name="link" size={20} />
      <span className={styles["words"]}>
        {link.title === null ? null : <span className={styles["title"]}>{link.title}</span>}
        <span className={styles["address"]}>{shortened(href)}</span>
      </span>
    </a>
  );
}
