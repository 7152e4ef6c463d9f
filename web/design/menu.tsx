import { useEffect, useId, useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";
import { Icon, type IconName } from "./icons.tsx";
import styles from "./menu.module.css";

export interface MenuItem {
  readonly icon: IconName;
  readonly label: string;
  readonly isDangerous?: boolean;
  readonly onChoose: () => void;
}

interface MenuProps {
  readonly label: string;
  /** Of the button; three dots where it is not given. */
  readonly icon?: IconName;
  readonly items: readonly MenuItem[];
  /** How many more are about to come: there is room for them, so that nothing moves then. */
  readonly coming?: number;
  readonly onOpen?: () => void;
}

/** A button that opens a list of things to do; arrows, Home, End and Escape work in it. */
export function Menu({ label, icon = "more", items, coming = 0, onOpen }: MenuProps) {
  const [isOpen, setIsOpen] = useState(false);
  const id = useId();
  const buttonRef = useRef<HTMLButtonElement>(null);
  const listRef = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    const list = listRef.current;
    const button = buttonRef.current;
    if (!isOpen || list === null || button === null) {
      return;
    }
    // Above everything else: rows of a list would lie over what hangs out of the one before.
    if (!list.matches(":popover-open")) {
      list.showPopover();
      options(list)[0]?.focus({ preventScroll: true });
    }
    placeBeside(list, button);
  }, [isOpen, items]);

  useEffect(() => {
    if (!isOpen) {
      return;
    }
    const leave = (): void => {
      setIsOpen(false);
    };
    const onPress = ({ target }: PointerEvent): void => {
      const isInside =
        target instanceof Node &&
        (listRef.current?.contains(target) === true ||
          buttonRef.current?.contains(target) === true);
      if (!isInside) {
        leave();
      }
    };
    document.addEventListener("pointerdown", onPress);
    globalThis.addEventListener("scroll", leave, { passive: true });
    globalThis.addEventListener("resize", leave);
    return () => {
      document.removeEventListener("pointerdown", onPress);
      globalThis.removeEventListener("scroll", leave);
      globalThis.removeEventListener("resize", leave);
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
          if (!isOpen) {
            onOpen?.();
          }
        }}
      >
        <Icon name={icon} size={icon === "more" ? 20 : 24} />
      </button>
      {isOpen ? (
        <div
          ref={listRef}
          id={id}
          role="menu"
          popover="manual"
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
              data-danger={item.isDangerous === true || undefined}
              onClick={() => {
                close();
                item.onChoose();
              }}
            >
              <Icon name={item.icon} size={20} />
              {item.label}
            </button>
          ))}
          {Array.from({ length: coming }, (_, i) => (
            <span key={i} className={styles["item"]} aria-hidden="true" />
          ))}
        </div>
      ) : null}
    </span>
  );
}

const gapPx = 4;
const edgePx = 8;

/** Below the button and flush with its end, or above it where there is no room; never off the screen. */
function placeBeside(menu: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const { clientWidth, clientHeight } = document.documentElement;
  const below = at.bottom + gapPx;
  const top = below + height + edgePx <= clientHeight ? below : at.top - gapPx - height;
  const left = Math.min(at.right - width, clientWidth - edgePx - width);
  menu.style.top = `${Math.max(edgePx, top)}px`;
  menu.style.left = `${Math.max(edgePx, left)}px`;
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
