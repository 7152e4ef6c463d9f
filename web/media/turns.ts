/** Whose turn it is to play: of all that move on a page, one at a time, and only where it is seen. */
export interface Turns {
  join(player: Player): Seat;
  /** Nothing plays until this is called off. */
  rest(): () => void;
}

export interface Player {
  readonly play: () => void;
  readonly stop: () => void;
  /** Plays when it is seen; otherwise only when it is asked to. */
  readonly isByItself: boolean;
}

/** A player's place among the others. */
export interface Seat {
  /** So much of it is on the screen, from 0 to 1. */
  saw(share: number): void;
  /** Somebody pressed its button. */
  wantPlay(): void;
  wantStop(): void;
  leave(): void;
}

interface Place {
  readonly player: Player;
  share: number;
  /** What was asked for by hand, until it is out of sight. */
  wish: "play" | "stop" | null;
}

const shareMin = 0.5;

export function createTurns(): Turns {
  const places = new Set<Place>();
  let current: Place | null = null;
  let resting = 0;

  function isReady({ player, share, wish }: Place): boolean {
    return wish === "play" ? share > 0 : wish === null && player.isByItself && share >= shareMin;
  }

  /** What plays goes on as long as it may; who was asked to by hand goes before all others. */
  function next(): Place | null {
    const ready = [...places].filter(isReady);
    const asked = ready.find(({ wish }) => wish === "play");
    if (asked !== undefined) {
      return asked;
    }
    if (current !== null && ready.includes(current)) {
      return current;
    }
    return ready.reduce<Place | null>(
      (best, place) => (best === null || place.share > best.share ? place : best),
      null,
    );
  }

  function settle(): void {
    const chosen = resting > 0 ? null : next();
    if (chosen !== current) {
      current?.player.stop();
      current = chosen;
      chosen?.player.play();
    }
  }

  return {
    join(player) {
      const place: Place = { player, share: 0, wish: null };
      places.add(place);
      return {
        saw(share) {
          // Of what is larger than the screen, half may never be seen.
          const isGoing = place.share >= shareMin && share < shareMin;
          place.share = share;
          if (isGoing || share === 0) {
            place.wish = null;
          }
          settle();
        },
        wantPlay() {
          for (const other of places) {
            other.wish = other.wish === "play" ? null : other.wish;
          }
          place.wish = "play";
          if (current === place) {
            // The browser may have refused, or stopped it by itself.
            player.play();
          } else {
            settle();
          }
        },
        wantStop() {
          place.wish = "stop";
          settle();
        },
        leave() {
          places.delete(place);
          settle();
        },
      };
    },
    rest() {
      let isOver = false;
      resting += 1;
      settle();
      return () => {
        resting -= isOver ? 0 : 1;
        isOver = true;
        settle();
      };
    },
  };
}
