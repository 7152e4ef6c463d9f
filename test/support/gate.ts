/** Holds whoever passes until a test lets them on, one at a time or all. */
export interface Gate {
  pass(): Promise<void>;
  /** Lets the one who waits, or who comes next, pass. */
  step(): void;
  /** Nobody is held any more. */
  open(): void;
  passed(): number;
}

export function createGate(): Gate {
  let isOpen = false;
  let steps = 0;
  let passed = 0;
  let admit: (() => void) | null = null;

  function tryToAdmit(): void {
    if (admit !== null && (isOpen || steps > 0)) {
      steps = Math.max(0, steps - 1);
      passed += 1;
      admit();
      admit = null;
    }
  }

  return {
    pass: () =>
      new Promise((resolve) => {
        admit = resolve;
        tryToAdmit();
      }),
    step() {
      steps += 1;
      tryToAdmit();
    },
    open() {
      isOpen = true;
      tryToAdmit();
    },
    passed: () => passed,
  };
}
