import { setTimeout as sleep } from 'node:timers/promises';

/** Growing, jittered delays between the attempts of one loop. */
export interface BackOff {
  /** How long to wait before the next attempt, in milliseconds; doubles from call to call. */
  next(): number;
  /** Back to the first delay: an attempt has succeeded. */
  reset(): void;
}

/** Delays from `initialMs` to `maxMs`, each spread over 50–100 % so that many clients do not come back at once. */
export function createBackOff(initialMs: number, maxMs: number, random: () => number = Math.random): BackOff {
  let delay = initialMs;
  return {
    next() {
      const current = delay;
      delay = Math.min(delay * 2, maxMs);
      return current * (0.5 + random() / 2);
    },
    reset() {
      delay = initialMs;
    },
  };
}

/** Waits; false when `signal` was aborted meanwhile. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch {
    // The only failure of a timer is the abort.
  }
  return !signal.aborted;
}
