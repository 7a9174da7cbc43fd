import type { Node, Taint } from '../../api/core/node.schema.ts';
import { timestamp } from '../time.ts';
import { readyCondition } from './health.ts';

const notReady = 'node.kubernetes.io/not-ready';
const unreachable = 'node.kubernetes.io/unreachable';
const unschedulable = 'node.kubernetes.io/unschedulable';

/** Conditions, the status in which they keep new pods away, and the taint that says so. */
const conditionTaints: readonly (readonly [type: string, status: string, key: string])[] = [
  ['Ready', 'False', notReady],
  ['Ready', 'Unknown', unreachable],
  ['MemoryPressure', 'True', 'node.kubernetes.io/memory-pressure'],
  ['DiskPressure', 'True', 'node.kubernetes.io/disk-pressure'],
  ['NetworkUnavailable', 'True', 'node.kubernetes.io/network-unavailable'],
  ['PIDPressure', 'True', 'node.kubernetes.io/pid-pressure'],
];

const noScheduleKeys = new Set([...conditionTaints.map(([, , key]) => key), unschedulable]);
const noExecuteKeys = new Set([notReady, unreachable]);

/** The taints that follow from what the node says of itself. */
export function taintsOf(node: Node, { evict }: { readonly evict: boolean }): readonly Pick<Taint, 'key' | 'effect'>[] {
  const conditions = node.status.conditions ?? [];
  const keys = conditionTaints
    .filter(([type, status]) => conditions.some((condition) => condition.type === type && condition.status === status))
    .map(([, , key]) => key);
  // A node that has not said anything yet is no place for a pod either.
  if (readyCondition(node) === undefined) keys.push(notReady);
  if (node.spec.unschedulable === true) keys.push(unschedulable);
  const executing = evict ? keys.filter((key) => noExecuteKeys.has(key) && readyCondition(node) !== undefined) : [];
  return [
    ...keys.map((key) => ({ key, effect: 'NoSchedule' as const })),
    ...executing.map((key) => ({ key, effect: 'NoExecute' as const })),
  ];
}

/** The node's taints with those of this controller as they must be; undefined where they are so already. */
export function withTaints(
  node: Node,
  wanted: readonly Pick<Taint, 'key' | 'effect'>[],
  now: number,
): readonly Taint[] | undefined {
  const present = node.spec.taints ?? [];
  const isWanted = (taint: Taint): boolean =>
    wanted.some(({ key, effect }) => key === taint.key && effect === taint.effect);
  const kept = present.filter((taint) => !isOurs(taint) || isWanted(taint));
  const missing = wanted.filter(
    ({ key, effect }) => !present.some((taint) => taint.key === key && taint.effect === effect),
  );
  if (kept.length === present.length && missing.length === 0) return undefined;
  return [...kept, ...missing.map((taint) => ({ ...taint, timeAdded: timestamp(now) }))];
}

function isOurs({ key, effect }: Taint): boolean {
  return (effect === 'NoSchedule' && noScheduleKeys.has(key)) || (effect === 'NoExecute' && noExecuteKeys.has(key));
}

/** True when pods are being driven off the node because it is not ready. */
export function isEvicting(node: Node): boolean {
  return (node.spec.taints ?? []).some(({ key, effect }) => effect === 'NoExecute' && noExecuteKeys.has(key));
}
