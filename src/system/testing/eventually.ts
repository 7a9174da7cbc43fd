import { setTimeout as sleep } from 'node:timers/promises';

const longestPauseMs = 50;

/**
 * Asks until `check` answers something other than undefined or false, and returns that; what it throws counts as "not
 * yet". Throws with `what` after so many milliseconds.
 */
export async function eventually<T>(
  what: string,
  check: () => T | undefined | false | Promise<T | undefined | false>,
  milliseconds = 10_000,
): Promise<T> {
  const end = performance.now() + milliseconds;
  for (let pause = 1; ; pause = Math.min(pause * 1.5, longestPauseMs)) {
    let cause: unknown;
    try {
      const answer = await check();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      cause = error;
    }
    if (performance.now() > end) throw new Error(`not within ${milliseconds} ms: ${what}`, { cause });
    await sleep(pause);
  }
}
