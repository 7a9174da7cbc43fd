import type { PersistentVolumeClaim } from '../../api/core/persistent-volume-claim.schema.ts';
import type { PersistentVolume } from '../../api/core/persistent-volume.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { matchesNodeSelector } from '../node-selector.ts';
import type { NodeInfo } from '../node-info.ts';
import type { ClusterView, Plugin, PodCheck } from '../plugin.ts';
import { unresolvable } from '../plugin.ts';

/** Lets a pod onto nodes that can reach its volumes; waits for claims that are to be bound without it. */
export const volumeBinding: Plugin = {
  name: 'VolumeBinding',
  weight: 0,
  events: ['storage', 'node-added', 'node-updated'],
  prepare: (pod, cluster): PodCheck => {
    const volumes: PersistentVolume[] = [];
    for (const name of claimNames(pod)) {
      const claim = cluster.claim(pod.metadata.namespace, name);
      const refusal = refuse(claim, name, cluster);
      if (refusal !== undefined) return { refusal };
      const bound = claim === undefined || !isBound(claim) ? undefined : cluster.volume(claim.spec.volumeName ?? '');
      if (bound !== undefined) volumes.push(bound);
      else if (claim !== undefined && isBound(claim)) return { filter: () => unresolvable(lostVolume) };
    }
    const waiting = waitingClaims(pod, cluster);
    if (volumes.length === 0 && waiting.length === 0) return {};
    return { filter: (info) => filter(info, { volumes, waiting, cluster }) };
  },
};

const lostVolume = 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)';

/** The claims that the pod's volumes name, generic ephemeral ones included. */
export function claimNames(pod: Pod): readonly string[] {
  return (pod.spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim, ephemeral }) => {
    if (persistentVolumeClaim !== undefined) return [persistentVolumeClaim.claimName];
    return ephemeral === undefined ? [] : [`${pod.metadata.name}-${name}`];
  });
}

/** True once volume and claim name each other. */
export function isBound(claim: PersistentVolumeClaim): boolean {
  const bound = claim.metadata.annotations?.['pv.kubernetes.io/bind-completed'] !== undefined;
  return claim.spec.volumeName !== undefined && claim.spec.volumeName !== '' && bound;
}

/** The pod's claims that are bound only once a node is chosen. */
export function waitingClaims(
  pod: Pod,
  cluster: Pick<ClusterView, 'claim' | 'storageClass'>,
): readonly PersistentVolumeClaim[] {
  return claimNames(pod).flatMap((name) => {
    const claim = cluster.claim(pod.metadata.namespace, name);
    return claim !== undefined && !isBound(claim) && waitsForConsumer(claim, cluster) ? [claim] : [];
  });
}

function waitsForConsumer(claim: PersistentVolumeClaim, cluster: Pick<ClusterView, 'storageClass'>): boolean {
  const storageClass = cluster.storageClass(claim.spec.storageClassName ?? '');
  return storageClass?.volumeBindingMode === 'WaitForFirstConsumer' && (claim.spec.volumeName ?? '') === '';
}

function refuse(claim: PersistentVolumeClaim | undefined, name: string, cluster: ClusterView): string | undefined {
  if (claim === undefined) return `persistentvolumeclaim ${JSON.stringify(name)} not found`;
  if (claim.status.phase === 'Lost') {
    const volume = JSON.stringify(claim.spec.volumeName ?? '');
    return `persistentvolumeclaim ${JSON.stringify(name)} bound to non-existent persistentvolume ${volume}`;
  }
  if (claim.metadata.deletionTimestamp !== undefined) {
    return `persistentvolumeclaim ${JSON.stringify(name)} is being deleted`;
  }
  if (!isBound(claim) && !waitsForConsumer(claim, cluster)) return 'pod has unbound immediate PersistentVolumeClaims';
  return undefined;
}

interface Wanted {
  readonly volumes: readonly PersistentVolume[];
  readonly waiting: readonly PersistentVolumeClaim[];
  readonly cluster: ClusterView;
}

function filter({ node }: NodeInfo, { volumes, waiting, cluster }: Wanted): ReturnType<typeof unresolvable> | undefined {
  const reachable = (volume: PersistentVolume): boolean => {
    const required = volume.spec.nodeAffinity?.required;
    return required === undefined || (node !== undefined && matchesNodeSelector(required, node));
  };
  if (!volumes.every(reachable)) return unresolvable("node(s) didn't match PersistentVolume's node affinity");
  const unmet = waiting.some((claim) => {
    const provisioner = cluster.storageClass(claim.spec.storageClassName ?? '')?.provisioner;
    if (provisioner !== undefined && provisioner !== 'kubernetes.io/no-provisioner') return false;
    return !cluster.volumes().some((volume) => mayServe(volume, claim) && reachable(volume));
  });
  return unmet ? unresolvable("node(s) didn't find available persistent volumes to bind") : undefined;
}

function mayServe(volume: PersistentVolume, claim: PersistentVolumeClaim): boolean {
  return (
    volume.status.phase === 'Available' &&
    volume.spec.claimRef === undefined &&
    (volume.spec.storageClassName ?? '') === (claim.spec.storageClassName ?? '') &&
    (claim.spec.accessModes ?? []).every((mode) => volume.spec.accessModes?.includes(mode))
  );
}
