import { isDeepStrictEqual } from 'node:util';
import type { PodCondition, PodStatus } from '../../../api/core/pod-status.schema.ts';
import { kubeletConditions } from './conditions.ts';

/** The fields that the kubelet writes; whatever else is in a status belongs to others. */
const ownFields = [
  'observedGeneration',
  'phase',
  'message',
  'reason',
  'hostIP',
  'podIP',
  'startTime',
  'initContainerStatuses',
  'containerStatuses',
  'ephemeralContainerStatuses',
  'qosClass',
] as const satisfies readonly (keyof PodStatus)[];

/** The strategic merge patch of `status` that makes `wanted` of `stored`; undefined where they agree. */
export function statusPatch(stored: PodStatus, wanted: PodStatus): Record<string, unknown> | undefined {
  const patch: Record<string, unknown> = {};
  for (const field of ownFields) {
    if (isDeepStrictEqual(stored[field], wanted[field])) continue;
    patch[field] = wanted[field] ?? null;
  }
  const conditions = conditionsPatch(stored.conditions ?? [], wanted.conditions ?? []);
  if (conditions.length > 0) patch['conditions'] = conditions;
  for (const field of ['podIPs', 'hostIPs'] as const) {
    const [before, after] = [stored[field] ?? [], wanted[field] ?? []];
    if (isDeepStrictEqual(before, after)) continue;
    const gone = before.filter(({ ip }) => !after.some((item) => item.ip === ip));
    patch[field] = [...after, ...gone.map(({ ip }) => ({ ip, $patch: 'delete' }))];
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** The kubelet's own conditions that changed; what one no longer says is taken out of it. */
function conditionsPatch(stored: readonly PodCondition[], wanted: readonly PodCondition[]): Record<string, unknown>[] {
  const over = stored.filter(
    ({ type }) => kubeletConditions.has(type) && !wanted.some((condition) => condition.type === type),
  );
  const changes = wanted
    .filter(({ type }) => kubeletConditions.has(type))
    .flatMap((condition) => {
      const before = stored.find(({ type }) => type === condition.type);
      if (before === undefined) return [condition];
      if (same(before, condition)) return [];
      const gone = (['reason', 'message'] as const).filter(
        (key) => before[key] !== undefined && condition[key] === undefined,
      );
      return [{ ...condition, ...Object.fromEntries(gone.map((key) => [key, null])) }];
    });
  return [...changes, ...over.map(({ type }) => ({ type, $patch: 'delete' }))];
}

function same(a: PodCondition, b: PodCondition): boolean {
  return (['status', 'reason', 'message', 'lastTransitionTime', 'observedGeneration'] as const).every(
    (key) => a[key] === b[key],
  );
}
