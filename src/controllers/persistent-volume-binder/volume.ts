import type { PersistentVolumeClaim } from '../../api/core/persistent-volume-claim.schema.ts';
import type { PersistentVolume } from '../../api/core/persistent-volume.schema.ts';
import type { PlannedEvent } from '../planned-event.ts';
import { provisionedByAnnotation } from '../volume-claims.ts';

/** What is to be done for a volume. */
export type VolumePlan =
  | { readonly type: 'phase'; readonly phase: 'Available' | 'Bound' }
  /** Its claim is gone, or bound elsewhere: released, and reclaimed if that is its policy. */
  | { readonly type: 'release'; readonly failure: ReclaimFailure | undefined }
  /** Its claim is bound elsewhere, and it may serve another. */
  | { readonly type: 'unbind' }
  /** The claim's own turn finishes the binding. */
  | { readonly type: 'leave-to-claim' };

export interface ReclaimFailure {
  readonly message: string;
  readonly event: PlannedEvent;
}

/** The next step for a volume, given the claim of the name that it refers to; by upstream's rules. */
export function reconcileVolume(volume: PersistentVolume, named: PersistentVolumeClaim | undefined): VolumePlan {
  const { claimRef } = volume.spec;
  // Reserved by name alone: the claim may come yet.
  if (claimRef === undefined || (claimRef.uid ?? '') === '') return { type: 'phase', phase: 'Available' };
  const claim = named?.metadata.uid === claimRef.uid ? named : undefined;
  if (claim === undefined) return { type: 'release', failure: reclaimFailure(volume) };
  const { volumeName = '' } = claim.spec;
  if (volumeName === volume.metadata.name) return { type: 'phase', phase: 'Bound' };
  if (volumeName === '') return { type: 'leave-to-claim' };
  const { annotations = {} } = volume.metadata;
  const madeForIt = annotations[provisionedByAnnotation] !== undefined && policyOf(volume) === 'Delete';
  if (madeForIt) return { type: 'release', failure: undefined };
  return { type: 'unbind' };
}

function policyOf(volume: PersistentVolume): string {
  return volume.spec.persistentVolumeReclaimPolicy ?? 'Retain';
}

/** Why a volume without claim cannot be reclaimed as its policy says; what a provisioner has made, it deletes itself. */
function reclaimFailure(volume: PersistentVolume): ReclaimFailure | undefined {
  const { name, annotations = {} } = volume.metadata;
  switch (policyOf(volume)) {
    case 'Recycle': {
      const message = 'No recycler plugin found for the volume!';
      return { message, event: { type: 'Warning', reason: 'VolumeFailedRecycle', message } };
    }
    case 'Delete': {
      if (annotations[provisionedByAnnotation] !== undefined) return undefined;
      const message = `error getting deleter volume plugin for volume ${JSON.stringify(name)}: no deletable volume plugin matched`;
      return { message, event: { type: 'Warning', reason: 'VolumeFailedDelete', message } };
    }
    default:
      return undefined;
  }
}
