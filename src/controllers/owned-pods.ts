import type { Pod } from '../api/core/pod.schema.ts';
import type { LabelSelector } from '../api/meta/meta.schema.ts';
import type { KubeObject, NamespacedMeta } from '../api/object.ts';
import type { Resource } from '../api/resources.ts';
import { pods as podResource } from '../api/resources.ts';
import { selectorMatches } from '../api/values/label-selector.ts';
import type { Informer } from '../client/informer.ts';
import { keyOf } from '../client/informer.ts';
import type { WorkQueue } from '../client/work-queue.ts';
import { planClaims } from './claim.ts';
import { applyClaims } from './claimant.ts';
import type { ControllerContext } from './context.ts';
import type { Expectations } from './expectations.ts';
import { controllerOf, controllerUidIndex, orphanIndex } from './owner.ts';
import { isActive, podKey } from './pod-state.ts';
import type { PodWriter } from './pod-writer.ts';

/** An object that keeps pods of a template. */
export interface PodOwner extends KubeObject {
  readonly metadata: NamespacedMeta;
  readonly spec: { readonly selector?: LabelSelector | undefined };
}

/** The owners of one kind and the pods that they may have. */
export interface OwnedPods<O extends PodOwner> {
  readonly context: ControllerContext;
  readonly resource: Resource<O>;
  readonly queue: WorkQueue;
  readonly expectations: Expectations;
  readonly owners: Informer<O>;
  readonly pods: Informer<Pod>;
  /** What keeps a managed pod until its end has been counted. */
  readonly finalizer?: string;
}

/** The informers on owners of a kind and on pods, with the indexes that the functions here need. */
export function ownedPodInformers<O extends PodOwner>(
  { informers }: ControllerContext,
  resource: Resource<O>,
): Pick<OwnedPods<O>, 'owners' | 'pods'> {
  informers.indexed(podResource, 'orphan', orphanIndex);
  return {
    owners: informers.indexed(resource, 'namespace', ({ metadata }) => [metadata.namespace]),
    pods: informers.indexed(podResource, 'controller', controllerUidIndex),
  };
}

/** Queues every owner that changes itself or whose pods change, and takes note of what expectations wait for. */
export function watchOwnedPods<O extends PodOwner>(parts: OwnedPods<O>): void {
  const { queue, expectations } = parts;
  const enqueue = (owner: O): void => queue.add(keyOf(owner));
  parts.owners.addHandlers({
    add: enqueue,
    update: enqueue,
    delete: (owner) => expectations.forget(owner.metadata.uid),
  });
  const ownerOf = (pod: Pod): { readonly uid: string; readonly key: string } | undefined => {
    const owner = controllerOf(pod);
    if (owner?.kind !== parts.resource.kind) return undefined;
    return { uid: owner.uid, key: `${pod.metadata.namespace}/${owner.name}` };
  };
  const enqueueMatching = (pod: Pod): void => {
    if (controllerOf(pod) !== undefined) return;
    for (const owner of parts.owners.byIndex('namespace', pod.metadata.namespace)) {
      if (selectorMatches(owner.spec.selector, pod.metadata.labels)) enqueue(owner);
    }
  };
  parts.pods.addHandlers({
    add(pod) {
      const owner = ownerOf(pod);
      if (owner === undefined) enqueueMatching(pod);
      else {
        expectations.created(owner.uid);
        queue.add(owner.key);
      }
    },
    update(pod, old) {
      const before = ownerOf(old);
      const owner = ownerOf(pod);
      if (before !== undefined && before.uid !== owner?.uid) queue.add(before.key);
      if (owner === undefined) enqueueMatching(pod);
      else {
        if (pod.metadata.deletionTimestamp !== undefined) expectations.deleted(owner.uid, podKey(pod));
        queue.add(owner.key);
      }
    },
    delete(pod) {
      const owner = ownerOf(pod);
      if (owner === undefined) return;
      expectations.deleted(owner.uid, podKey(pod));
      queue.add(owner.key);
    },
  });
}

/** Adopts and releases pods as the owner's selector says; returns those that it manages. */
export function claimPods<O extends PodOwner>(
  { context, resource, pods, finalizer }: OwnedPods<O>,
  owner: O,
  mayAdopt: (pod: Pod) => boolean = isActive,
): Promise<readonly Pod[]> {
  const { uid, namespace } = owner.metadata;
  const candidates = [...pods.byIndex('controller', uid), ...pods.byIndex('orphan', namespace)];
  const claims = planClaims(candidates, {
    owner,
    matches: ({ metadata }) => selectorMatches(owner.spec.selector, metadata.labels),
    adoptable: mayAdopt,
  });
  return applyClaims(
    { client: context.client, owner, ownerResource: resource, resource: podResource, finalizer },
    claims,
  );
}

/** Deletes pods at once, which `expectations` knows of already; returns the first error. */
export async function deletePods(
  doomed: readonly Pod[],
  {
    uid,
    writer,
    expectations,
  }: { readonly uid: string; readonly writer: PodWriter; readonly expectations: Expectations },
): Promise<unknown> {
  let first: unknown;
  const one = async (pod: Pod): Promise<void> => {
    try {
      if (!(await writer.delete(pod))) expectations.deleted(uid, podKey(pod));
    } catch (error) {
      expectations.deleted(uid, podKey(pod));
      first ??= error;
    }
  };
  await Promise.all(doomed.map(one));
  return first;
}
