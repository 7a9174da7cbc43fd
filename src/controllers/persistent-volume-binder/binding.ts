import type { PersistentVolumeClaim } from '../../api/core/persistent-volume-claim.schema.ts';
import type { PersistentVolume } from '../../api/core/persistent-volume.schema.ts';
import { semanticEqual } from '../canonical.ts';
import { timestamp } from '../time.ts';
import { bindCompletedAnnotation, boundByControllerAnnotation } from '../volume-claims.ts';
import { isMeantFor } from './match.ts';

type VolumePhase = NonNullable<PersistentVolume['status']['phase']>;

/** The volume with its claim named; the same object when it names it already. */
export function volumeWithClaim(volume: PersistentVolume, claim: PersistentVolumeClaim): PersistentVolume {
  const { namespace, name, uid, resourceVersion } = claim.metadata;
  if (volume.spec.claimRef?.uid === uid) return volume;
  // What a person has reserved for the claim is not given to others when the claim goes.
  const reserved = isMeantFor(volume, claim);
  const annotations = { ...volume.metadata.annotations, ...(reserved ? {} : { [boundByControllerAnnotation]: 'yes' }) };
  const claimRef = { kind: 'PersistentVolumeClaim', namespace, name, uid, apiVersion: 'v1', resourceVersion };
  return { ...volume, metadata: { ...volume.metadata, annotations }, spec: { ...volume.spec, claimRef } };
}

/** The volume in a phase; the same object when it is in it already. */
export function volumeInPhase(
  volume: PersistentVolume,
  phase: VolumePhase,
  { now, message = '' }: { readonly now: number; readonly message?: string },
): PersistentVolume {
  const { phase: old, message: oldMessage = '', lastPhaseTransitionTime } = volume.status;
  if (old === phase && oldMessage === message) return volume;
  const time = old === phase ? lastPhaseTransitionTime : timestamp(now);
  const status = { phase, ...(message === '' ? {} : { message }), lastPhaseTransitionTime: time };
  return { ...volume, status };
}

/** The volume free again: reserved still where a person has reserved it, and otherwise nobody's. */
export function volumeWithoutClaim(volume: PersistentVolume): PersistentVolume {
  const { [boundByControllerAnnotation]: byUs, ...annotations } = volume.metadata.annotations ?? {};
  const { claimRef, ...spec } = volume.spec;
  const metadata = { ...volume.metadata, annotations };
  if (byUs !== undefined || claimRef === undefined) return { ...volume, metadata, spec };
  const { uid: _uid, resourceVersion: _version, ...reservation } = claimRef;
  return { ...volume, metadata, spec: { ...spec, claimRef: reservation } };
}

/** The claim with its volume named, and the binding said to be complete; the same object when it is so already. */
export function claimWithVolume(claim: PersistentVolumeClaim, volume: PersistentVolume): PersistentVolumeClaim {
  const named = claim.spec.volumeName === volume.metadata.name;
  const complete = claim.metadata.annotations?.[bindCompletedAnnotation] !== undefined;
  if (named && complete) return claim;
  const annotations = {
    ...claim.metadata.annotations,
    ...(named ? {} : { [boundByControllerAnnotation]: 'yes' }),
    [bindCompletedAnnotation]: 'yes',
  };
  const spec = { ...claim.spec, volumeName: volume.metadata.name };
  return { ...claim, metadata: { ...claim.metadata, annotations }, spec };
}

/** The bound claim with what it has got; the same object when it says so already. */
export function claimWithStatus(claim: PersistentVolumeClaim, volume: PersistentVolume): PersistentVolumeClaim {
  const { accessModes, capacity } = volume.spec;
  const status = {
    ...claim.status,
    phase: 'Bound' as const,
    accessModes,
    // A volume that has grown is told of by whoever has made it grow.
    capacity: claim.status.phase === 'Bound' && claim.status.capacity !== undefined ? claim.status.capacity : capacity,
  };
  return semanticEqual(status, claim.status) ? claim : { ...claim, status };
}
