import {
  useCallback,
  useLayoutEffect,
  useRef,
  type MouseEvent,
  type PointerEvent,
  type RefObject,
} from "react";
import { closeScale, moved, wholeView, zoomed, type Point, type View } from "./zoom.ts";

/** What fingers do with pictures: swipe to another, pull down to close, two taps or two fingers to look closely. */

interface GestureOptions {
  /** Holds the slides side by side. */
  readonly track: RefObject<HTMLElement | null>;
  /** What is looked at, which becomes larger; null where nothing does. */
  readonly picture: () => HTMLElement | null;
  readonly at: number;
  readonly count: number;
  readonly onGo: (to: number) => void;
  readonly onClose: () => void;
  /** Told whether something is looked at closely. */
  readonly onClosely: (isClose: boolean) => void;
}

interface Gestures {
  readonly onPointerDown: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerMove: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerUp: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerCancel: (event: PointerEvent<HTMLElement>) => void;
  readonly onDoubleClick: (event: MouseEvent<HTMLElement>) => void;
  /** Looks closely at a point of the screen, or at the whole again. */
  readonly toggleZoom: (clientX: number, clientY: number) => void;
  /** Moves what is looked at closely, in pixels. */
  readonly pan: (by: Point) => void;
}

/** A finger that moved less was meant to rest. */
const slackPx = 8;
const swipeShareMin = 0.18;
/** In pixels a millisecond: so quick a swipe need not be far. */
const swipeSpeedMin = 0.45;
const closePxMin = 96;
const tapMsMax = 300;
const never = Number.NEGATIVE_INFINITY;
/** Of a video, where the browser's own controls are. */
const controlsShare = 0.25;

interface Gesture {
  readonly from: Point;
  readonly startedMs: number;
  way: "none" | "across" | "down" | "pan" | "pinch";
}

export function useGestures(options: GestureOptions): Gestures {
  const latest = useRef(options);
  const fingers = useRef(new Map<number, Point>());
  const view = useRef<View>(wholeView);
  const lookedAt = useRef<HTMLElement | null>(null);
  const gesture = useRef<Gesture>({ way: "none", from: { x: 0, y: 0 }, startedMs: 0 });
  const pinch = useRef({ distance: 1, scale: 1 });
  const lastTap = useRef({ atMs: never, x: 0, y: 0 });
  const tappedTwiceMs = useRef(never);
  const { at, track } = options;

  useLayoutEffect(() => {
    latest.current = options;
  });
  useLayoutEffect(() => {
    view.current = wholeView;
    paint(lookedAt.current, wholeView, true);
    place(track.current, at);
    latest.current.onClosely(false);
  }, [at, track]);

  const show = useCallback((next: View, isCalm: boolean): void => {
    const picture = latest.current.picture();
    if (picture !== null) {
      view.current = next;
      lookedAt.current = picture;
      paint(picture, next, isCalm);
      latest.current.onClosely(next.scale > 1);
    }
  }, []);

  const pan = useCallback(
    (by: Point): void => {
      show(moved(view.current, by, frameOf(latest.current.track.current)), true);
    },
    [show],
  );

  const toggleZoom = useCallback(
    (clientX: number, clientY: number): void => {
      const frame = frameOf(latest.current.track.current);
      const scale = view.current.scale > 1 ? 1 : closeScale;
      show(zoomed(view.current, scale, fromMiddle({ x: clientX, y: clientY }, frame), frame), true);
    },
    [show],
  );

  function begin(event: PointerEvent<HTMLElement>): void {
    if (event.button !== 0 || isOnControls(event)) {
      return;
    }
    fingers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
    gesture.current = {
      way: fingers.current.size === 2 ? "pinch" : "none",
      from: { x: event.clientX, y: event.clientY },
      startedMs: event.timeStamp,
    };
    if (fingers.current.size === 2) {
      event.currentTarget.setPointerCapture(event.pointerId);
      place(latest.current.track.current, latest.current.at);
      pinch.current = { distance: spread(fingers.current), scale: view.current.scale };
    }
  }

  function move(event: PointerEvent<HTMLElement>): void {
    const before = fingers.current.get(event.pointerId);
    if (before === undefined) {
      return;
    }
    const now = { x: event.clientX, y: event.clientY };
    fingers.current.set(event.pointerId, now);
    const { from } = gesture.current;
    const by = { x: now.x - from.x, y: now.y - from.y };
    if (gesture.current.way === "none" && Math.hypot(by.x, by.y) > slackPx) {
      const isAcross = Math.abs(by.x) >= Math.abs(by.y);
      gesture.current.way = view.current.scale > 1 ? "pan" : isAcross ? "across" : "down";
      event.currentTarget.setPointerCapture(event.pointerId);
    }
    follow(now, before, by);
  }

  function follow(now: Point, before: Point, by: Point): void {
    const { at: shown, count } = latest.current;
    const frame = frameOf(latest.current.track.current);
    switch (gesture.current.way) {
      case "none":
        break;
      case "across": {
        // Beyond the first and the last it gives way a little.
        const isEnd = (by.x > 0 && shown === 0) || (by.x < 0 && shown === count - 1);
        place(latest.current.track.current, shown, { x: isEnd ? by.x / 3 : by.x, y: 0 });
        break;
      }
      case "down":
        place(latest.current.track.current, shown, { x: 0, y: Math.max(0, by.y) });
        break;
      case "pan":
        show(moved(view.current, { x: now.x - before.x, y: now.y - before.y }, frame), false);
        break;
      case "pinch": {
        const { distance, scale } = pinch.current;
        const next = (scale * spread(fingers.current)) / distance;
        show(
          zoomed(view.current, next, fromMiddle(middleOf(fingers.current), frame), frame),
          false,
        );
        break;
      }
    }
  }

  function end(event: PointerEvent<HTMLElement>): void {
    if (!fingers.current.delete(event.pointerId)) {
      return;
    }
    const { way, from, startedMs } = gesture.current;
    const { at: shown, count, onGo, onClose } = latest.current;
    const by = { x: event.clientX - from.x, y: event.clientY - from.y };
    const ms = Math.max(1, event.timeStamp - startedMs);
    const isCancelled = event.type === "pointercancel";
    // A finger that is left begins anew from where it is.
    const [left = from] = fingers.current.values();
    gesture.current = { way: "none", from: left, startedMs: event.timeStamp };
    if (way === "none") {
      tapped(event);
    } else if (way === "across" && !isCancelled) {
      const { width } = frameOf(latest.current.track.current);
      const isFar = Math.abs(by.x) > width * swipeShareMin || Math.abs(by.x) / ms > swipeSpeedMin;
      const to = Math.min(count - 1, Math.max(0, shown - Math.sign(by.x)));
      place(latest.current.track.current, isFar ? to : shown);
      if (isFar && to !== shown) {
        onGo(to);
      }
    } else if (way === "down" && !isCancelled && by.y > closePxMin) {
      onClose();
    } else {
      place(latest.current.track.current, shown);
    }
  }

  /** Two taps at one place; of a mouse the browser says so itself, and some do of fingers, too. */
  function tapped(event: PointerEvent<HTMLElement>): void {
    const isOnButton = event.target instanceof Element && event.target.closest("button") !== null;
    if (event.pointerType === "mouse" || isOnButton) {
      return;
    }
    const { atMs, x, y } = lastTap.current;
    const isNear = Math.hypot(event.clientX - x, event.clientY - y) < 3 * slackPx;
    if (isNear && event.timeStamp - atMs < tapMsMax) {
      toggleZoom(event.clientX, event.clientY);
      tappedTwiceMs.current = event.timeStamp;
      lastTap.current.atMs = never;
    } else {
      lastTap.current = { atMs: event.timeStamp, x: event.clientX, y: event.clientY };
    }
  }

  return {
    onPointerDown: begin,
    onPointerMove: move,
    onPointerUp: end,
    onPointerCancel: end,
    onDoubleClick({ target, clientX, clientY, timeStamp }) {
      const isKnown = timeStamp - tappedTwiceMs.current < 2 * tapMsMax;
      if (!isKnown && target instanceof HTMLImageElement) {
        toggleZoom(clientX, clientY);
      }
    },
    toggleZoom,
    pan,
  };
}

/** What has use of its own for a finger that moves: the controls of a video, a text that scrolls. */
function isOnControls({ target, clientY }: PointerEvent<HTMLElement>): boolean {
  if (!(target instanceof Element)) {
    return true;
  }
  const video = target.closest("video")?.getBoundingClientRect();
  const isLow = video !== undefined && clientY > video.bottom - video.height * controlsShare;
  return isLow || target.closest("[data-scrolls]") !== null;
}

function frameOf(track: HTMLElement | null): { width: number; height: number } {
  return { width: track?.clientWidth ?? 1, height: track?.clientHeight ?? 1 };
}

function fromMiddle({ x, y }: Point, { width, height }: { width: number; height: number }): Point {
  return { x: x - width / 2, y: y - height / 2 };
}

function middleOf(fingers: ReadonlyMap<number, Point>): Point {
  const [a = { x: 0, y: 0 }, b = a] = [...fingers.values()];
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

function spread(fingers: ReadonlyMap<number, Point>): number {
  const [a = { x: 0, y: 0 }, b = a] = [...fingers.values()];
  return Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));
}

/** The slide that is shown, and how far a finger has moved it. */
function place(track: HTMLElement | null, at: number, by: Point | null = null): void {
  if (track !== null) {
    track.dataset["held"] = String(by !== null);
    const { x, y } = by ?? { x: 0, y: 0 };
    track.style.transform = `translate3d(calc(${-at * 100}% + ${x}px), ${y}px, 0)`;
  }
}

function paint(picture: HTMLElement | null, { scale, x, y }: View, isCalm: boolean): void {
  if (picture !== null) {
    picture.dataset["held"] = String(!isCalm);
    picture.dataset["close"] = String(scale > 1);
    picture.style.transform = scale === 1 ? "" : `translate3d(${x}px, ${y}px, 0) scale(${scale})`;
  }
}
