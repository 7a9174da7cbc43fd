import type { StatefulSet } from '../../api/apps/stateful-set.schema.ts';
import type { PersistentVolumeClaim } from '../../api/core/persistent-volume-claim.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import type { OwnerReference } from '../../api/meta/meta.schema.ts';
import type { KubeObject } from '../../api/object.ts';

export interface ClaimUse {
  readonly set: StatefulSet;
  /** The pod that lives with the claim. */
  readonly pod: Pod;
  /** The pod is one too many, and about to go. */
  readonly condemned: boolean;
}

/**
 * The claim with the owners with which it is to go, by the set's retention policy: its pod when the set has been scaled
 * down, the set when that is deleted, or nobody. Undefined where nothing changes.
 */
export function retained(
  claim: PersistentVolumeClaim,
  { set, pod, condemned }: ClaimUse,
): PersistentVolumeClaim | undefined {
  const { whenDeleted = 'Retain', whenScaled = 'Retain' } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  const goesWithPod = whenScaled === 'Delete' && condemned;
  const goesWithSet = whenDeleted === 'Delete' && !goesWithPod;
  const present = claim.metadata.ownerReferences ?? [];
  const ours = new Set([set.metadata.uid, pod.metadata.uid]);
  const ownerReferences = [
    ...present.filter(({ uid }) => !ours.has(uid)),
    ...(goesWithSet ? [reference(set, 'apps/v1', 'StatefulSet')] : []),
    ...(goesWithPod ? [reference(pod, 'v1', 'Pod')] : []),
  ];
  const uids = (references: readonly OwnerReference[]): string =>
    references
      .map(({ uid }) => uid)
      .toSorted()
      .join(' ');
  if (uids(ownerReferences) === uids(present)) return undefined;
  return { ...claim, metadata: { ...claim.metadata, ownerReferences } };
}

function reference({ metadata }: KubeObject, apiVersion: string, kind: string): OwnerReference {
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid };
}

/** True when the claim is on its way out with an earlier pod of the name: the next must wait for a new one. */
export function isStale({ metadata }: PersistentVolumeClaim, podName: string): boolean {
  if (metadata.deletionTimestamp !== undefined) return true;
  return (metadata.ownerReferences ?? []).some(({ kind, name }) => kind === 'Pod' && name === podName);
}
