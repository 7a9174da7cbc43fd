import type { Node } from '../../api/core/node.schema.ts';
import type { PersistentVolumeClaim } from '../../api/core/persistent-volume-claim.schema.ts';
import type { PersistentVolume } from '../../api/core/persistent-volume.schema.ts';
import { selectorMatches } from '../../api/values/label-selector.ts';
import type { Quantity } from '../../api/values/quantity.ts';
import { compareQuantities, tryParseQuantity } from '../../api/values/quantity.ts';
import { matchesNodeSelector } from '../../machinery/node-selector.ts';
import { className } from '../volume-claims.ts';

const nothing: Quantity = { nanos: 0n, format: 'binarySI' };

function sizeOf(volume: PersistentVolume): Quantity {
  return tryParseQuantity(volume.spec.capacity?.['storage']) ?? nothing;
}

function requestOf(claim: PersistentVolumeClaim): Quantity {
  return tryParseQuantity(claim.spec.resources.requests?.['storage']) ?? nothing;
}

/** True when the volume is meant for this claim, whether it is bound to it already or reserved by name. */
export function isMeantFor({ spec }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const { claimRef } = spec;
  if (claimRef === undefined || claimRef.name !== metadata.name || claimRef.namespace !== metadata.namespace)
    return false;
  return (claimRef.uid ?? '') === '' || claimRef.uid === metadata.uid;
}

/** Why the volume that a claim names cannot be its volume, in upstream's words; undefined when it can. */
export function mismatch(volume: PersistentVolume, claim: PersistentVolumeClaim): string | undefined {
  if (compareQuantities(sizeOf(volume), requestOf(claim)) < 0) return 'requested PV is too small';
  if (className(volume) !== className(claim)) return 'storageClassName does not match';
  if (modeOf(volume) !== modeOf(claim)) return 'incompatible volumeMode';
  return hasModes(volume, claim) ? undefined : 'incompatible accessMode';
}

function modeOf({ spec }: PersistentVolume | PersistentVolumeClaim): string {
  return spec.volumeMode ?? 'Filesystem';
}

function hasModes(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return (claim.spec.accessModes ?? []).every((mode) => volume.spec.accessModes?.includes(mode) ?? false);
}

export interface MatchOptions {
  /** Only volumes reserved for the claim count: the choice of others waits for a pod's node. */
  readonly reservedOnly: boolean;
  /** The node from which the volume must be reachable. */
  readonly node: Node | undefined;
}

/** The volume for a claim that names none: the one reserved for it, or the smallest free one that satisfies it. */
export function bestMatch(
  claim: PersistentVolumeClaim,
  volumes: readonly PersistentVolume[],
  { reservedOnly, node }: MatchOptions,
): PersistentVolume | undefined {
  const fitting = volumes.filter((volume) => {
    const leaving = volume.metadata.deletionTimestamp !== undefined;
    const large = compareQuantities(sizeOf(volume), requestOf(claim)) >= 0;
    return (
      !leaving && large && modeOf(volume) === modeOf(claim) && hasModes(volume, claim) && isReachable(volume, node)
    );
  });
  const reserved = fitting.find((volume) => isMeantFor(volume, claim));
  if (reserved !== undefined || reservedOnly) return reserved;
  const free = fitting.filter(
    (volume) =>
      volume.spec.claimRef === undefined &&
      volume.status.phase === 'Available' &&
      className(volume) === className(claim) &&
      (claim.spec.selector === undefined || selectorMatches(claim.spec.selector, volume.metadata.labels)),
  );
  return free.toSorted(
    (a, b) => compareQuantities(sizeOf(a), sizeOf(b)) || (a.metadata.name < b.metadata.name ? -1 : 1),
  )[0];
}

function isReachable(volume: PersistentVolume, node: Node | undefined): boolean {
  const required = volume.spec.nodeAffinity?.required;
  return required === undefined || node === undefined || matchesNodeSelector(required, node);
}
