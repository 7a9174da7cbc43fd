import type { PersistentVolumeClaim } from '../api/core/persistent-volume-claim.schema.ts';
import type { PersistentVolume } from '../api/core/persistent-volume.schema.ts';
import { selectorMatches } from '../api/values/label-selector.ts';
import { parseQuantity } from '../api/values/quantity.ts';

const size = (storage: string | undefined): bigint => parseQuantity(storage ?? '0').nanos;
const capacityOf = ({ spec }: PersistentVolume): bigint => size(spec.capacity?.['storage']);
const wishOf = ({ spec }: PersistentVolumeClaim): bigint => size(spec.resources.requests?.['storage']);

/** True when the volume is reserved for the claim. */
function isReservedFor({ spec }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const { name, namespace, uid = metadata.uid } = spec.claimRef ?? {};
  return name === metadata.name && namespace === metadata.namespace && uid === metadata.uid;
}

/** True when the claim could be bound to the volume: it is free or reserved for the claim, and all that was asked for. */
export function mayServe(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  const { spec, status, metadata } = volume;
  if (metadata.deletionTimestamp !== undefined) return false;
  const isFree = spec.claimRef === undefined && status.phase === 'Available';
  if (!isFree && !isReservedFor(volume, claim)) return false;
  const wanted = claim.spec;
  return (
    (spec.storageClassName ?? '') === (wanted.storageClassName ?? '') &&
    (spec.volumeMode ?? 'Filesystem') === (wanted.volumeMode ?? 'Filesystem') &&
    (wanted.accessModes ?? []).every((mode) => spec.accessModes?.includes(mode)) &&
    capacityOf(volume) >= wishOf(claim) &&
    (wanted.selector === undefined || selectorMatches(wanted.selector, metadata.labels))
  );
}

/**
 * The claims for which none of the volumes is left once each has taken the smallest that serves it, the smallest claims
 * first.
 */
export function unmatched(
  claims: readonly PersistentVolumeClaim[],
  volumes: readonly PersistentVolume[],
): readonly PersistentVolumeClaim[] {
  const compare = (a: bigint, b: bigint): number => (a === b ? 0 : a < b ? -1 : 1);
  const free = new Set(volumes.toSorted((a, b) => compare(capacityOf(a), capacityOf(b))));
  return claims
    .toSorted((a, b) => compare(wishOf(a), wishOf(b)))
    .filter((claim) => {
      const serving = [...free].filter((volume) => mayServe(volume, claim));
      const taken = serving.find((volume) => isReservedFor(volume, claim)) ?? serving[0];
      if (taken !== undefined) free.delete(taken);
      return taken === undefined;
    });
}
