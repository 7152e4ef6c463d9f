import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { Icon, type IconName } from "./icons.tsx";
import styles from "./menu.module.css";

export interface MenuItem {
  readonly icon: IconName;
  readonly label: string;
  readonly isDangerous?: boolean;
  readonly onChoose: () => void;
}

/** A button that opens a list of things to do; arrows, Home, End and Escape work in it. */
export function Menu(props: { readonly label: string; readonly items: readonly MenuItem[] }) {
  const { label, items } = props;
  const [isOpen, setIsOpen] = useState(false);
  const id = useId();
  const buttonRef = useRef<HTMLButtonElement>(null);
  const listRef = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!isOpen) {
      return;
    }
    options(listRef.current)[0]?.focus({ preventScroll: true });
    const onPress = (event: PointerEvent): void => {
      const { target } = event;
      if (
        target instanceof Node &&
        !listRef.current?.contains(target) &&
        !buttonRef.current?.contains(target)
      ) {
        setIsOpen(false);
      }
    };
    document.addEventListener("pointerdown", onPress);
    return () => {
      document.removeEventListener("pointerdown", onPress);
    };
  }, [isOpen]);

  function close(): void {
    setIsOpen(false);
    buttonRef.current?.focus({ preventScroll: true });
  }

  return (
    <span className={styles["place"]}>
      <button
        ref={buttonRef}
        type="button"
        className={styles["button"]}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => {
          setIsOpen(!isOpen);
        }}
      >
        <Icon name="more" size={20} />
      </button>
      {isOpen ? (
        <div
          ref={listRef}
          id={id}
          role="menu"
          aria-label={label}
          className={styles["menu"]}
          onKeyDown={(event) => {
            moveInMenu(event, close);
          }}
        >
          {items.map((item) => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              tabIndex={-1}
              className={styles["item"]}
              data-danger={item.isDangerous ?? undefined}
              onClick={() => {
                close();
                item.onChoose();
              }}
            >
              <Icon name={item.icon} size={20} />
              {item.label}
            </button>
          ))}
        </div>
      ) : null}
    </span>
  );
}

function options(menu: HTMLElement | null): readonly HTMLElement[] {
  return [...(menu?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])];
}

function moveInMenu(event: KeyboardEvent<HTMLElement>, close: () => void): void {
  const items = options(event.currentTarget);
  const at = items.findIndex((item) => item === document.activeElement);
  const last = items.length - 1;
  const target: Readonly<Record<string, number>> = {
    ArrowDown: at === last ? 0 : at + 1,
    ArrowUp: at <= 0 ? last : at - 1,
    Home: 0,
    End: last,
  };
  if (event.key === "Escape" || event.key === "Tab") {
    close();
    event.stopPropagation();
  }
  const to = target[event.key];
  if (to !== undefined) {
    event.preventDefault();
    items[to]?.focus();
  }
}
