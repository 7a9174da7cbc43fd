import type { PersistentVolumeClaim } from '../api/core/persistent-volume-claim.schema.ts';
import type { PersistentVolume } from '../api/core/persistent-volume.schema.ts';
import type { Pod } from '../api/core/pod.schema.ts';

export const bindCompletedAnnotation = 'pv.kubernetes.io/bind-completed';
export const boundByControllerAnnotation = 'pv.kubernetes.io/bound-by-controller';
export const provisionedByAnnotation = 'pv.kubernetes.io/provisioned-by';
export const provisionerAnnotation = 'volume.kubernetes.io/storage-provisioner';
export const oldProvisionerAnnotation = 'volume.beta.kubernetes.io/storage-provisioner';
export const selectedNodeAnnotation = 'volume.kubernetes.io/selected-node';
const oldClassAnnotation = 'volume.beta.kubernetes.io/storage-class';

/** The name of the class that a claim asks for, or a volume is of; empty for none. */
export function className({ metadata, spec }: PersistentVolumeClaim | PersistentVolume): string {
  return metadata.annotations?.[oldClassAnnotation] ?? spec.storageClassName ?? '';
}

/** True for a claim that leaves the choice of a class to the cluster. */
export function leavesClassOpen({ metadata, spec }: PersistentVolumeClaim): boolean {
  return metadata.annotations?.[oldClassAnnotation] === undefined && spec.storageClassName === undefined;
}

/** The claims that a pod's volumes name, those made for its ephemeral volumes included. */
export function claimNames({ metadata, spec }: Pod): readonly string[] {
  return (spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim !== undefined) return [persistentVolumeClaim.claimName];
    return ephemeral === undefined ? [] : [`${metadata.name}-${name}`];
  });
}

/** Index values: the keys of the claims that the pod's volumes name. */
export function claimIndex(pod: Pod): readonly string[] {
  return claimNames(pod).map((name) => `${pod.metadata.namespace}/${name}`);
}
