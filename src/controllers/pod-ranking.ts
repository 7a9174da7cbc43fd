import type { Pod } from '../api/core/pod.schema.ts';
import { isReady, podCondition } from './pod-state.ts';
import { millis } from './time.ts';

const phaseOrder: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };
const deletionCostAnnotation = 'controller.kubernetes.io/pod-deletion-cost';

/** How many active pods of the same family stand on the pod's node. */
export type NodeCrowd = (pod: Pod) => number;

/**
 * The `count` pods that are missed least, in upstream's order: without node, pending, not ready, cheap by annotation,
 * on a crowded node, ready for a shorter time, restarted more often, younger.
 */
export function podsToDelete(
  candidates: readonly Pod[],
  count: number,
  options: { readonly crowd: NodeCrowd; readonly now: number },
): readonly Pod[] {
  if (count >= candidates.length) return candidates;
  return candidates.toSorted((a, b) => compare(a, b, options)).slice(0, count);
}

/** A crowd function over the active pods of a family. */
export function crowdOf(family: readonly Pod[]): NodeCrowd {
  const counts = new Map<string, number>();
  for (const { spec } of family) {
    if (spec.nodeName !== undefined) counts.set(spec.nodeName, (counts.get(spec.nodeName) ?? 0) + 1);
  }
  return ({ spec }) => (spec.nodeName === undefined ? 0 : (counts.get(spec.nodeName) ?? 0));
}

function compare(a: Pod, b: Pod, { crowd, now }: { crowd: NodeCrowd; now: number }): number {
  return (
    Number(hasNode(a)) - Number(hasNode(b)) ||
    (phaseOrder[a.status.phase ?? 'Pending'] ?? 0) - (phaseOrder[b.status.phase ?? 'Pending'] ?? 0) ||
    Number(isReady(a)) - Number(isReady(b)) ||
    deletionCost(a) - deletionCost(b) ||
    crowd(b) - crowd(a) ||
    ageClass(readySince(a), now) - ageClass(readySince(b), now) ||
    restarts(b) - restarts(a) ||
    ageClass(a.metadata.creationTimestamp, now) - ageClass(b.metadata.creationTimestamp, now) ||
    (a.metadata.uid < b.metadata.uid ? -1 : 1)
  );
}

function hasNode(pod: Pod): boolean {
  return pod.spec.nodeName !== undefined && pod.spec.nodeName !== '';
}

function deletionCost(pod: Pod): number {
  const cost = Number(pod.metadata.annotations?.[deletionCostAnnotation] ?? 0);
  return Number.isSafeInteger(cost) ? cost : 0;
}

function readySince(pod: Pod): string | undefined {
  return isReady(pod) ? podCondition(pod, 'Ready')?.lastTransitionTime : undefined;
}

// Ages are told apart by powers of two only, so that it is not always the youngest of a generation that goes.
function ageClass(since: string | undefined, now: number): number {
  if (since === undefined) return 0;
  const seconds = (now - millis(since)) / 1000;
  return seconds < 1 ? -1 : Math.floor(Math.log2(seconds * 1e9));
}

function restarts(pod: Pod): number {
  const counts = (pod.status.containerStatuses ?? []).map(({ restartCount }) => restartCount);
  return Math.max(0, ...counts);
}
