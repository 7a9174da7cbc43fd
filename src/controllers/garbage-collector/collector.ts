import type { OwnerReference } from '../../api/meta/meta.schema.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Resource } from '../../api/resources.ts';
import { isStatus } from '../../api/status-error.ts';
import type { ApiClient } from '../../client/api-client.ts';
import type { ReconcileResult } from '../../client/work-queue.ts';
import type { AbsentOwners } from './absent-owners.ts';
import type { GraphNode, Identity, OwnerGraph } from './graph.ts';
import { foregroundFinalizer, orphanFinalizer, refersTo } from './graph.ts';
import type { Monitors } from './monitors.ts';
import type { OwnerState } from './reconcile.ts';
import { blockingDependents, reconcile } from './reconcile.ts';

interface CollectorParts {
  readonly client: ApiClient;
  readonly graph: OwnerGraph;
  readonly monitors: Pick<Monitors, 'resourceOf'>;
  readonly absent: AbsentOwners;
  readonly attempt: (uid: string) => void;
}

/** A kind that the server does not know may be added later, by a CustomResourceDefinition. */
const unknownKindRetryMs = 30_000;

/** Carries out what the graph asks for. */
export class Collector {
  readonly #parts: CollectorParts;

  constructor(parts: CollectorParts) {
    this.#parts = parts;
  }

  /** Deletes the object with this uid, or frees it of owners that are gone, if that is due. */
  async attemptToDelete(uid: string): Promise<ReconcileResult> {
    const { graph, client } = this.#parts;
    const node = graph.get(uid);
    if (node === undefined || (node.beingDeleted && !node.deletingDependents)) return {};
    if (!node.virtual && !node.deletingDependents && node.owners.every((owner) => this.#isSolid(node, owner)))
      return {};
    const target = this.#resourceOf(node.identity);
    if (target === undefined) return { requeueAfter: unknownKindRetryMs };
    const latest = await this.#get(target, node.identity.name, node.identity.namespace);
    if (latest?.metadata.uid !== uid) {
      this.#isGone(node, target);
      return {};
    }
    if (node.virtual) return {};
    if (node.deletingDependents) return this.#finishForeground(node, { client, resource: target, latest });
    return this.#collect(node, { client, resource: target, latest });
  }

  /** Frees all dependents of the object with this uid, then lets the object itself go on. */
  async orphanDependents(uid: string): Promise<ReconcileResult> {
    const node = this.#parts.graph.get(uid);
    if (node === undefined) return {};
    const target = this.#resourceOf(node.identity);
    if (target === undefined) return { requeueAfter: unknownKindRetryMs };
    await Promise.all([...node.dependents].map((dependent) => this.#setFree(dependent, uid)));
    const latest = await this.#get(target, node.identity.name, node.identity.namespace);
    if (latest?.metadata.uid === uid) await this.#removeFinalizer(target, latest, orphanFinalizer);
    return {};
  }

  async #collect(node: GraphNode, { client, resource, latest }: Subject): Promise<ReconcileResult> {
    const owners: { reference: OwnerReference; state: OwnerState }[] = [];
    for (const reference of latest.metadata.ownerReferences ?? []) {
      const state = await this.#stateOf(node.identity, reference);
      if (state === 'unserved') return { requeueAfter: unknownKindRetryMs };
      // Nothing can be said of such a reference, and so nothing is deleted for it.
      if (state === 'misplaced') return {};
      owners.push({ reference, state });
    }
    const plan = reconcile({ metadata: latest.metadata, owners, dependents: node.dependents });
    if (plan.type === 'unlink') {
      await this.#patchOwners(resource, latest, (owner) => (plan.uids.includes(owner.uid) ? undefined : owner));
    }
    if (plan.type !== 'delete') return {};
    let current = latest;
    if (plan.unblock) {
      const unblocked = await this.#patchOwners(resource, latest, (owner) => ({ ...owner, blockOwnerDeletion: false }));
      current = unblocked ?? latest;
    }
    const { name, namespace, uid, resourceVersion } = current.metadata;
    // The version, too: somebody may be giving the object a new owner this very moment.
    const preconditions = { uid, resourceVersion };
    await unlessGone(
      client.delete(resource, { name, namespace }, { preconditions, propagationPolicy: plan.propagation }),
    );
    return {};
  }

  async #finishForeground(node: GraphNode, { resource, latest }: Subject): Promise<ReconcileResult> {
    const blocking = blockingDependents(node);
    if (blocking.length === 0) await this.#removeFinalizer(resource, latest, foregroundFinalizer);
    for (const dependent of blocking) if (!dependent.deletingDependents) this.#parts.attempt(dependent.identity.uid);
    return {};
  }

  /** True when the graph has the owner, and it stays. */
  #isSolid(node: GraphNode, reference: OwnerReference): boolean {
    const owner = this.#parts.graph.get(reference.uid);
    return owner !== undefined && this.#seenState(node.identity, reference, owner) === 'solid';
  }

  #seenState(dependent: Identity, reference: OwnerReference, owner: GraphNode): OwnerState | undefined {
    if (owner.virtual || !refersTo(reference, dependent, owner.identity)) return undefined;
    return owner.deletingDependents ? 'waiting' : 'solid';
  }

  /** How an owner stands, unless its kind is not served, or lives in namespaces and the dependent does not. */
  async #stateOf(dependent: Identity, reference: OwnerReference): Promise<OwnerState | 'unserved' | 'misplaced'> {
    const { graph, absent, monitors } = this.#parts;
    const node = graph.get(reference.uid);
    const seen = node === undefined ? undefined : this.#seenState(dependent, reference, node);
    if (seen !== undefined) return seen;
    if (absent.has(reference, undefined) || absent.has(reference, dependent.namespace)) return 'absent';
    const resource = monitors.resourceOf(reference.apiVersion, reference.kind);
    if (resource === undefined) return 'unserved';
    if (resource.namespaced && dependent.namespace === undefined) return 'misplaced';
    const namespace = resource.namespaced ? dependent.namespace : undefined;
    const owner = await this.#get(resource, reference.name, namespace);
    if (owner?.metadata.uid !== reference.uid) {
      absent.add(reference, namespace);
      return 'absent';
    }
    const waits = owner.metadata.finalizers?.includes(foregroundFinalizer) ?? false;
    return owner.metadata.deletionTimestamp !== undefined && waits ? 'waiting' : 'solid';
  }

  #isGone(node: GraphNode, resource: Resource): void {
    const { graph, absent } = this.#parts;
    absent.add(node.identity, resource.namespaced ? node.identity.namespace : undefined);
    graph.remove(node.identity.uid);
  }

  async #setFree(dependent: GraphNode, ownerUid: string): Promise<void> {
    const { name, namespace, uid } = dependent.identity;
    const resource = this.#resourceOf(dependent.identity);
    const latest = resource === undefined ? undefined : await this.#get(resource, name, namespace);
    if (resource === undefined || latest?.metadata.uid !== uid) return;
    await this.#patchOwners(resource, latest, (owner) => (owner.uid === ownerUid ? undefined : owner));
  }

  async #patchOwners(
    resource: Resource,
    latest: KubeObject,
    change: (owner: OwnerReference) => OwnerReference | undefined,
  ): Promise<KubeObject | undefined> {
    const owners = latest.metadata.ownerReferences ?? [];
    const ownerReferences = owners.flatMap((owner) => change(owner) ?? []);
    return this.#patch(resource, latest, { ownerReferences });
  }

  async #removeFinalizer(resource: Resource, latest: KubeObject, finalizer: string): Promise<void> {
    const present = latest.metadata.finalizers ?? [];
    if (!present.includes(finalizer)) return;
    await this.#patch(resource, latest, { finalizers: present.filter((name) => name !== finalizer) });
  }

  /** Throws StatusError Conflict when the object has changed meanwhile. */
  async #patch(resource: Resource, latest: KubeObject, metadata: object): Promise<KubeObject | undefined> {
    const { name, namespace, uid, resourceVersion } = latest.metadata;
    const body = { metadata: { uid, resourceVersion, ...metadata } };
    return unlessGone(this.#parts.client.patch(resource, { name, namespace }, 'merge', body));
  }

  #resourceOf({ apiVersion, kind }: Identity): Resource | undefined {
    return this.#parts.monitors.resourceOf(apiVersion, kind);
  }

  #get(resource: Resource, name: string, namespace: string | undefined): Promise<KubeObject | undefined> {
    // A namespaced kind named from the cluster's level is an address of nothing.
    if (resource.namespaced && namespace === undefined) return Promise.resolve(undefined);
    return unlessGone(
      this.#parts.client.get(resource, { name, namespace: resource.namespaced ? namespace : undefined }),
    );
  }
}

interface Subject {
  readonly client: ApiClient;
  readonly resource: Resource;
  readonly latest: KubeObject;
}

async function unlessGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (isStatus(error, 'NotFound')) return undefined;
    throw error;
  }
}
