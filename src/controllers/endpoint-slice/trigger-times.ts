import type { Pod } from '../../api/core/pod.schema.ts';
import type { Service } from '../../api/core/service.schema.ts';
import { podCondition } from '../pod-state.ts';
import { millis, timestamp } from '../time.ts';

/** When each Service and its pods last changed, from which slices say how old the change is that they show. */
export class TriggerTimes {
  readonly #known = new Map<string, { readonly created: number; readonly pods: ReadonlyMap<string, number> }>();

  /** The time of the earliest change since the last call for this Service; undefined when nothing has changed. */
  next(service: Service, pods: readonly Pod[]): string | undefined {
    const key = `${service.metadata.namespace}/${service.metadata.name}`;
    const before = this.#known.get(key);
    const times = new Map(pods.map((pod) => [pod.metadata.name, readyChange(pod)]));
    const created = millis(service.metadata.creationTimestamp);
    this.#known.set(key, { created, pods: times });
    if (before === undefined) return timestamp(created);
    const changed = [...times].filter(([name, time]) => time > (before.pods.get(name) ?? 0)).map(([, time]) => time);
    if (created > before.created) changed.push(created);
    return changed.length === 0 ? undefined : timestamp(Math.min(...changed));
  }

  /** Drops what is known of a Service that is gone. */
  forget(key: string): void {
    this.#known.delete(key);
  }
}

function readyChange(pod: Pod): number {
  return millis(podCondition(pod, 'Ready')?.lastTransitionTime);
}
