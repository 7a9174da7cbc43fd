import type { Node } from '../api/core/node.schema.ts';
import type { Pod } from '../api/core/pod.schema.ts';
import type { SchedulerCache } from './cache.ts';
import type { SchedulerInformers } from './informers.ts';
import type { Nominations } from './preemption/nominations.ts';
import type { SchedulingQueue } from './queue.ts';

interface State {
  readonly cache: SchedulerCache;
  readonly queue: SchedulingQueue;
  readonly nominations: Nominations;
}

/** Keeps the cache and the queue up to date with the informers. */
export function listen(informers: SchedulerInformers, state: State): void {
  listenToNodes(informers, state);
  listenToPods(informers, state);
  const storage = (): void => state.queue.move('storage');
  informers.claims.addHandlers({ add: storage, update: storage });
  informers.volumes.addHandlers({ add: storage, update: storage });
  informers.storageClasses.addHandlers({ add: storage, update: storage });
}

function listenToNodes(informers: SchedulerInformers, { cache, queue }: State): void {
  informers.nodes.addHandlers({
    add(node) {
      cache.putNode(node);
      queue.move('node-added');
    },
    update(node, old) {
      // A heartbeat changes nothing that placement looks at.
      const matters = mattersToPlacement(node, old);
      if (matters || node.status.images !== old.status.images) cache.putNode(node);
      if (matters) queue.move('node-updated');
    },
    delete: (node) => cache.removeNode(node.metadata.name),
  });
}

function mattersToPlacement(node: Node, old: Node): boolean {
  const view = ({ metadata, spec, status }: Node): string =>
    JSON.stringify([metadata.labels, spec.taints, spec.unschedulable, status.allocatable]);
  return view(node) !== view(old);
}

function listenToPods(informers: SchedulerInformers, state: State): void {
  const { cache, queue, nominations } = state;
  informers.pods.addHandlers({
    add: (pod) => podChanged(state, pod, undefined),
    update: (pod, old) => podChanged(state, pod, old),
    delete(pod) {
      const { uid } = pod.metadata;
      queue.remove(uid);
      nominations.delete(uid);
      if (!isPlaced(pod) && !cache.isAssumed(uid)) return;
      cache.removePod(uid);
      queue.move('pod-deleted');
    },
  });
}

function podChanged({ cache, queue, nominations }: State, pod: Pod, old: Pod | undefined): void {
  const { uid } = pod.metadata;
  if (isEnded(pod) || isPlaced(pod)) nominations.delete(uid);
  if (isEnded(pod)) {
    queue.remove(uid);
    cache.removePod(uid);
    if (old !== undefined && !isEnded(old)) queue.move('pod-deleted');
    return;
  }
  if (isPlaced(pod)) {
    queue.remove(uid);
    if (old !== undefined && isPlaced(old) && sameShape(pod, old)) return;
    cache.putPod(pod);
    queue.move(old !== undefined && isPlaced(old) ? 'pod-updated' : 'pod-added');
    return;
  }
  if (!isOurs(pod) || cache.isAssumed(uid)) return;
  // After a restart, only its status tells that room was being made for the pod.
  const { nominatedNodeName = '' } = pod.status;
  if (old === undefined && nominatedNodeName !== '') nominations.set(pod, nominatedNodeName);
  if (pod.metadata.deletionTimestamp !== undefined) queue.remove(uid);
  else queue.put(pod, { changed: old === undefined || !sameShape(pod, old) });
}

function isPlaced({ spec }: Pod): boolean {
  return spec.nodeName !== undefined && spec.nodeName !== '';
}

function isEnded({ status }: Pod): boolean {
  return status.phase === 'Succeeded' || status.phase === 'Failed';
}

function isOurs({ spec }: Pod): boolean {
  const name = spec.schedulerName ?? 'default-scheduler';
  return name === 'default-scheduler' && (spec.schedulingGates ?? []).length === 0;
}

/** True when only the status has changed: spec and labels are what placement looks at. */
function sameShape(pod: Pod, old: Pod): boolean {
  const view = ({ metadata, spec }: Pod): string =>
    JSON.stringify([metadata.labels, metadata.deletionTimestamp === undefined, spec]);
  return pod.metadata.generation !== undefined && pod.metadata.generation === old.metadata.generation
    ? JSON.stringify(pod.metadata.labels) === JSON.stringify(old.metadata.labels) &&
        pod.metadata.deletionTimestamp === old.metadata.deletionTimestamp
    : view(pod) === view(old);
}
