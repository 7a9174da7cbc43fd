import type { Pod } from '../../api/core/pod.schema.ts';
import { millis } from '../time.ts';

const firstMs = 10_000;
const longestMs = 600_000;

interface Failures {
  readonly count: number;
  /** When the last one ended, in ms since the epoch. */
  readonly last: number;
}

/** When each Job's pods have failed since the last success, from which follows when the next may be created. */
export class JobBackOff {
  readonly #failures = new Map<string, Failures>();

  /** Takes in pods that have ended. */
  note(
    key: string,
    { failed, succeeded }: { readonly failed: readonly Pod[]; readonly succeeded: readonly Pod[] },
    now: number,
  ): void {
    if (failed.length + succeeded.length === 0) return;
    const lastSuccess = Math.max(0, ...succeeded.map((pod) => endOf(pod, now)));
    const since = failed.map((pod) => endOf(pod, now)).filter((time) => time > lastSuccess);
    const before = succeeded.length > 0 ? 0 : (this.#failures.get(key)?.count ?? 0);
    const count = before + since.length;
    if (count === 0) this.#failures.delete(key);
    else this.#failures.set(key, { count, last: Math.max(this.#failures.get(key)?.last ?? 0, ...since) });
  }

  /** In how many ms the next pod may be created: 10 s after a failure, doubling with each, to 10 min. */
  waitMs(key: string, now: number): number {
    const known = this.#failures.get(key);
    if (known === undefined) return 0;
    const delay = Math.min(firstMs * 2 ** (known.count - 1), longestMs);
    return Math.max(0, known.last + delay - now);
  }

  /** Drops what is known of a Job that is gone. */
  forget(uid: string): void {
    for (const key of this.#failures.keys()) if (key === uid || key.startsWith(`${uid}/`)) this.#failures.delete(key);
  }
}

/** When the pod's last container ended, or else when the pod was deleted, or else now. */
function endOf(pod: Pod, now: number): number {
  const ends = (pod.status.containerStatuses ?? []).map(({ state }) => millis(state?.terminated?.finishedAt));
  const last = Math.max(0, ...ends);
  if (last > 0) return last;
  const ready = pod.status.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime;
  return pod.metadata.deletionTimestamp === undefined && ready !== undefined ? millis(ready) : now;
}
