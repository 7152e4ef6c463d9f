import type { Visibility } from "../data/client.ts";
import { Icon, type IconName } from "../design/icons.tsx";
import { useText } from "../language/language.ts";
import styles from "./visibility-choice.module.css";

const icons: Readonly<Record<Visibility, IconName>> = {
  public: "globe",
  friends: "people",
  self: "lock",
};
const visibilities = ["public", "friends", "self"] as const;

interface VisibilityChoiceProps {
  readonly value: Visibility;
  readonly isFixed: boolean;
  readonly onChoose: (value: Visibility) => void;
}

/** Who can see what is written. */
export function VisibilityChoice({ value, isFixed, onChoose }: VisibilityChoiceProps) {
  const t = useText();
  return (
    <span className={styles["choice"]}>
      <Icon name={icons[value]} size={20} />
      <select
        className={styles["select"]}
        aria-label={t("compose.visibility")}
        value={value}
        disabled={isFixed}
        onChange={({ target }) => {
          const chosen = visibilities.find((some) => some === target.value);
          if (chosen !== undefined) {
            onChoose(chosen);
          }
        }}
      >
        {visibilities.map((some) => (
          <option key={some} value={some}>
            {t(`story.visibility.${some}`)}
          </option>
        ))}
      </select>
    </span>
  );
}
