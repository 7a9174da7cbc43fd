import type { Pod } from '../api/core/pod.schema.ts';
import type { PodCondition } from '../api/core/pod-status.schema.ts';
import { millis } from './time.ts';

/** True once all containers have ended for good. */
export function isTerminal(pod: Pod): boolean {
  return pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
}

/** True while the pod counts for its owner: neither ended nor being deleted. */
export function isActive(pod: Pod): boolean {
  return !isTerminal(pod) && pod.metadata.deletionTimestamp === undefined;
}

/** True while a deleted pod's containers are still being stopped. */
export function isTerminating(pod: Pod): boolean {
  return !isTerminal(pod) && pod.metadata.deletionTimestamp !== undefined;
}

/** The pod's condition of this type, if it has one. */
export function podCondition(pod: Pod, type: string): PodCondition | undefined {
  return pod.status.conditions?.find((condition) => condition.type === type);
}

/** True when the pod's Ready condition says so. */
export function isReady(pod: Pod): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}

/** When the pod has been ready for `minReadySeconds`, in ms since the epoch; undefined while it is not ready. */
export function availableAt(pod: Pod, minReadySeconds: number): number | undefined {
  const ready = podCondition(pod, 'Ready');
  if (ready?.status !== 'True') return undefined;
  return minReadySeconds === 0 ? 0 : millis(ready.lastTransitionTime) + minReadySeconds * 1000;
}

/** True when the pod is ready, and has been for `minReadySeconds`. */
export function isAvailable(pod: Pod, minReadySeconds: number, now: number): boolean {
  const since = availableAt(pod, minReadySeconds);
  return since !== undefined && since <= now;
}

/** The name and uid of an object, for messages and keys. */
export function podKey(pod: Pod): string {
  return `${pod.metadata.namespace}/${pod.metadata.name}`;
}

/** Index values: the node on which the pod stands. */
export function nodeIndex(pod: Pod): readonly string[] {
  const { nodeName } = pod.spec;
  return nodeName === undefined || nodeName === '' ? [] : [nodeName];
}

/** In how many ms the next of these pods has been ready for `minReadySeconds`; undefined when none is waiting. */
export function nextAvailabilityMs(pods: readonly Pod[], minReadySeconds: number, now: number): number | undefined {
  const coming = pods.flatMap((pod) => availableAt(pod, minReadySeconds) ?? []).filter((time) => time > now);
  return coming.length === 0 ? undefined : Math.min(...coming) - now;
}
