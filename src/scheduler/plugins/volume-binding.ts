import type { Node } from '../../api/core/node.schema.ts';
import type { PersistentVolumeClaim } from '../../api/core/persistent-volume-claim.schema.ts';
import type { PersistentVolume } from '../../api/core/persistent-volume.schema.ts';
import type { Pod } from '../../api/core/pod.schema.ts';
import { matchesNodeSelector } from '../../machinery/node-selector.ts';
import type { NodeInfo } from '../node-info.ts';
import type { ClusterView, Plugin, PodCheck } from '../plugin.ts';
import { unresolvable } from '../plugin.ts';
import { unmatched } from '../volume-match.ts';

/** Lets a pod onto nodes that can reach its volumes; waits for claims that are to be bound without it. */
export const volumeBinding: Plugin = {
  name: 'VolumeBinding',
  weight: 0,
  events: ['storage', 'node-added', 'node-updated'],
  prepare: (pod, cluster): PodCheck => {
    const named = claimNames(pod);
    if (named.length === 0) return {};
    const claims: PersistentVolumeClaim[] = [];
    for (const name of named) {
      const claim = cluster.claim(pod.metadata.namespace, name);
      const refusal = faultOf(claim, name, pod);
      if (refusal !== undefined) return { refusal };
      if (claim !== undefined) claims.push(claim);
    }
    if (claims.some((claim) => !isBound(claim) && !waitsForConsumer(claim, cluster))) {
      return { refusal: 'pod has unbound immediate PersistentVolumeClaims' };
    }
    const bound = claims.filter(isBound).map(({ spec }) => cluster.volume(spec.volumeName ?? ''));
    const volumes = bound.filter((volume) => volume !== undefined);
    if (volumes.length < bound.length) return { filter: () => unresolvable(lostVolume) };
    return { filter: (info) => filter(info, { volumes, waiting: waitingClaims(pod, cluster), cluster }) };
  },
};

/** The provisioner of classes whose volumes are made by hand. */
export const noProvisioner = 'kubernetes.io/no-provisioner';
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

/** What is wrong with a claim whatever the node. */
function faultOf(claim: PersistentVolumeClaim | undefined, name: string, pod: Pod): string | undefined {
  const { uid, namespace, name: podName } = pod.metadata;
  const quoted = JSON.stringify(name);
  const isEphemeral = (pod.spec.volumes ?? []).some((volume) => {
    return volume.ephemeral !== undefined && `${podName}-${volume.name}` === name;
  });
  if (claim === undefined) {
    return isEphemeral
      ? `waiting for ephemeral volume controller to create the persistentvolumeclaim ${quoted}`
      : `persistentvolumeclaim ${quoted} not found`;
  }
  if (claim.status.phase === 'Lost') {
    const volume = JSON.stringify(claim.spec.volumeName ?? '');
    return `persistentvolumeclaim ${quoted} bound to non-existent persistentvolume ${volume}`;
  }
  if (claim.metadata.deletionTimestamp !== undefined) return `persistentvolumeclaim ${quoted} is being deleted`;
  const isOwner = claim.metadata.ownerReferences?.some((owner) => owner.controller === true && owner.uid === uid);
  if (!isEphemeral || isOwner === true) return undefined;
  return `PVC ${namespace}/${name} was not created for pod ${namespace}/${podName} (pod is not owner)`;
}

/** True when the volume can be used on the node. */
export function isReachable(volume: PersistentVolume, node: Node | undefined): boolean {
  const required = volume.spec.nodeAffinity?.required;
  return required === undefined || (node !== undefined && matchesNodeSelector(required, node));
}

interface Wanted {
  readonly volumes: readonly PersistentVolume[];
  readonly waiting: readonly PersistentVolumeClaim[];
  readonly cluster: ClusterView;
}

function filter(
  { node }: NodeInfo,
  { volumes, waiting, cluster }: Wanted,
): ReturnType<typeof unresolvable> | undefined {
  const reachable = (volume: PersistentVolume): boolean => isReachable(volume, node);
  if (!volumes.every(reachable)) return unresolvable("node(s) didn't match PersistentVolume's node affinity");
  const made = ({ spec }: PersistentVolumeClaim): boolean =>
    (cluster.storageClass(spec.storageClassName ?? '')?.provisioner ?? noProvisioner) !== noProvisioner;
  const free = cluster.volumes().filter(reachable);
  // A volume that is there already goes before one that would have to be made.
  const unmet = unmatched(waiting, free).filter((claim) => !made(claim));
  return unmet.length === 0 ? undefined : unresolvable("node(s) didn't find available persistent volumes to bind");
}
