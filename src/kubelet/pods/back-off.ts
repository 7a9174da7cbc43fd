/** Delays that double with each failure of one thing, with upstream's rules; `now` is always given. */
export interface BackOffState {
  readonly durationMs: number;
  /** When the duration was last raised. */
  readonly updatedAt: number;
}

export interface BackOffRule {
  readonly initialMs: number;
  readonly maxMs: number;
}

/** Crashed containers and failed pulls wait 10 s, 20 s, … up to 5 min. */
export const restartBackOff: BackOffRule = { initialMs: 10_000, maxMs: 300_000 };

/** Twice the longest delay without trouble, and the thing counts as healthy again. */
function expired(state: BackOffState, at: number, rule: BackOffRule): boolean {
  return at - state.updatedAt > 2 * rule.maxMs;
}

/** The state after one more attempt at `now`. */
export function raised(state: BackOffState | undefined, now: number, rule: BackOffRule): BackOffState {
  if (state === undefined || expired(state, now, rule)) return { durationMs: rule.initialMs, updatedAt: now };
  return { durationMs: Math.min(state.durationMs * 2, rule.maxMs), updatedAt: now };
}

/** How long to wait at `now` for a thing that failed at `failedAt`; 0 when it may be tried. */
export function remaining(state: BackOffState | undefined, failedAt: number, now: number, rule: BackOffRule): number {
  if (state === undefined || expired(state, failedAt, rule)) return 0;
  return Math.max(0, failedAt + state.durationMs - now);
}

/** As `remaining`, counted from the last attempt: for pulls, whose failures have no time of their own. */
export function remainingSinceAttempt(state: BackOffState | undefined, now: number, rule: BackOffRule): number {
  return state === undefined ? 0 : remaining(state, state.updatedAt, now, rule);
}
