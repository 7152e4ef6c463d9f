import { useEffect, useRef, type PointerEvent, type RefObject } from "react";

/** With a mouse a tile moves when it is pulled; with a finger when that has rested on it for a moment. */
const slackPx = 6;
const restMs = 300;

interface Drag {
  readonly key: string;
  readonly pointerId: number;
  readonly x: number;
  readonly y: number;
  isHeld: boolean;
  timer: ReturnType<typeof setTimeout> | undefined;
}

interface TileDrag {
  readonly onPointerDown: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerMove: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerUp: () => void;
  readonly onPointerCancel: () => void;
}

/** Tiles change their order while one of them is pulled over the others. Null: they stay as they are. */
export function useTileDrag(
  ref: RefObject<HTMLElement | null>,
  move: ((key: string, to: number) => void) | null,
): TileDrag {
  const drag = useRef<Drag | null>(null);

  useEffect(() => {
    const list = ref.current;
    // Once a tile is held, the finger moves it and not the page.
    const hold = (event: TouchEvent): void => {
      if (drag.current?.isHeld === true) {
        event.preventDefault();
      }
    };
    list?.addEventListener("touchmove", hold, { passive: false });
    return () => {
      list?.removeEventListener("touchmove", hold);
    };
  }, [ref]);

  function take(own: Drag): void {
    own.isHeld = true;
    ref.current?.setPointerCapture(own.pointerId);
    tileOf(ref.current, own.key)?.setAttribute("data-dragged", "");
  }

  function letGo(): void {
    const own = drag.current;
    clearTimeout(own?.timer);
    tileOf(ref.current, own?.key ?? "")?.removeAttribute("data-dragged");
    drag.current = null;
  }

  return {
    onPointerDown(event) {
      const { target, button, clientX: x, clientY: y, pointerId } = event;
      const isGrip =
        target instanceof Element &&
        target.closest("[data-grip]") !== null &&
        target.closest("button") === null;
      const key = (target as Element).closest<HTMLElement>("[data-tile]")?.dataset["tile"];
      if (move === null || !isGrip || key === undefined || button !== 0 || drag.current !== null) {
        return;
      }
      const own: Drag = { key, pointerId, x, y, isHeld: false, timer: undefined };
      drag.current = own;
      if (event.pointerType !== "mouse") {
        own.timer = setTimeout(() => {
          take(own);
        }, restMs);
      }
    },
    onPointerMove({ clientX, clientY, pointerId, pointerType }) {
      const own = drag.current;
      if (own?.pointerId !== pointerId) {
        return;
      }
      const isFar = Math.hypot(clientX - own.x, clientY - own.y) > slackPx;
      if (!own.isHeld && isFar) {
        if (pointerType === "mouse") {
          take(own);
        } else {
          letGo();
        }
      }
      const tiles = tilesIn(ref.current);
      const to = own.isHeld ? tiles.findIndex((tile) => isUnder(tile, clientX, clientY)) : -1;
      if (to !== -1 && tiles[to]?.dataset["tile"] !== own.key) {
        move?.(own.key, to);
      }
    },
    onPointerUp: letGo,
    onPointerCancel: letGo,
  };
}

function tilesIn(list: HTMLElement | null): readonly HTMLElement[] {
  return [...(list?.querySelectorAll<HTMLElement>("[data-tile]") ?? [])];
}

function tileOf(list: HTMLElement | null, key: string): HTMLElement | undefined {
  return tilesIn(list).find((tile) => tile.dataset["tile"] === key);
}

function isUnder(tile: HTMLElement, x: number, y: number): boolean {
  const { left, right, top, bottom } = tile.getBoundingClientRect();
  return x >= left && x <= right && y >= top && y <= bottom;
}
