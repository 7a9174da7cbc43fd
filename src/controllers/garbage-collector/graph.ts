import type { ObjectMeta, OwnerReference } from '../../api/meta/meta.schema.ts';

export const foregroundFinalizer = 'foregroundDeletion';
export const orphanFinalizer = 'orphan';

/** Where an object is; `namespace` is absent for objects of the cluster as a whole. */
export interface Identity {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string | undefined;
  readonly uid: string;
}

/** An object in the graph of owners and dependents. */
export interface GraphNode {
  readonly identity: Identity;
  /** Known from a dependent's reference alone: nobody has seen it yet, and it may not exist. */
  readonly virtual: boolean;
  readonly owners: readonly OwnerReference[];
  readonly beingDeleted: boolean;
  /** Deleted in the foreground: it waits until its dependents are gone. */
  readonly deletingDependents: boolean;
  readonly dependents: ReadonlySet<GraphNode>;
}

type MutableNode = { -readonly [K in keyof GraphNode]: GraphNode[K] } & { dependents: Set<MutableNode> };

/** What the graph asks for when something has changed. */
export interface GraphWork {
  /** To be checked whether the object must go. */
  attempt(uid: string): void;
  /** To have its dependents set free. */
  orphan(uid: string): void;
  /** The object names an owner in another namespace, which is void. */
  invalidNamespace(dependent: Identity, owner: OwnerReference): void;
}

/** All objects and who owns whom, by uid; after upstream's graph builder. Says what to look at, and never decides. */
export class OwnerGraph {
  readonly #nodes = new Map<string, MutableNode>();
  readonly #work: GraphWork;

  constructor(work: GraphWork) {
    this.#work = work;
  }

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  get size(): number {
    return this.#nodes.size;
  }

  /** Takes over an object as it now is. */
  observe(identity: Identity, metadata: ObjectMeta): void {
    const found = this.#nodes.get(identity.uid);
    const node = found ?? newNode(identity, false);
    if (found === undefined) this.#nodes.set(identity.uid, node);
    else if (found.virtual) this.#becomeReal(found, identity);
    this.#relink(node, metadata.ownerReferences ?? []);
    const leaving = metadata.deletionTimestamp !== undefined;
    const finalizers = metadata.finalizers ?? [];
    const startsForeground = leaving && finalizers.includes(foregroundFinalizer) && !node.deletingDependents;
    node.beingDeleted ||= leaving;
    // The orphan finalizer goes first, and its removal comes as an update of its own.
    if (leaving && finalizers.includes(orphanFinalizer)) {
      this.#work.orphan(identity.uid);
    } else if (startsForeground) {
      node.deletingDependents = true;
      for (const dependent of node.dependents) this.#work.attempt(dependent.identity.uid);
      this.#work.attempt(identity.uid);
    }
  }

  /** The object is gone. */
  remove(uid: string): void {
    const node = this.#nodes.get(uid);
    if (node === undefined) return;
    this.#nodes.delete(uid);
    for (const owner of node.owners) this.#unlink(node, owner.uid);
    for (const dependent of node.dependents) this.#work.attempt(dependent.identity.uid);
    for (const owner of node.owners) {
      if (this.#nodes.get(owner.uid)?.deletingDependents === true) this.#work.attempt(owner.uid);
    }
  }

  #becomeReal(node: MutableNode, identity: Identity): void {
    node.virtual = false;
    node.identity = identity;
    // What pointed to it by a wrong name or from a wrong namespace was taken on trust.
    for (const dependent of node.dependents) this.#check(dependent, node);
  }

  #relink(node: MutableNode, owners: readonly OwnerReference[]): void {
    const old = node.owners;
    if (old.length === 0 && owners.length === 0) return;
    node.owners = owners;
    const wanted = new Map(owners.map((owner) => [owner.uid, owner]));
    const before = new Map(old.map((owner) => [owner.uid, owner]));
    for (const [uid, owner] of before) {
      const now = wanted.get(uid);
      if (now === undefined) this.#unlink(node, uid);
      // An owner that waits for this object need wait no longer.
      if (owner.blockOwnerDeletion === true && now?.blockOwnerDeletion !== true) this.#attemptIfPresent(uid);
    }
    for (const [uid, owner] of wanted) if (!before.has(uid)) this.#link(node, owner);
  }

  #link(node: MutableNode, owner: OwnerReference): void {
    const present = this.#nodes.get(owner.uid);
    if (present !== undefined) {
      present.dependents.add(node);
      if (!present.virtual) this.#check(node, present);
      return;
    }
    const { apiVersion, kind, name, uid } = owner;
    const virtual = newNode({ apiVersion, kind, name, uid, namespace: node.identity.namespace }, true);
    virtual.dependents.add(node);
    this.#nodes.set(uid, virtual);
    this.#work.attempt(uid);
  }

  #unlink(node: MutableNode, ownerUid: string): void {
    const owner = this.#nodes.get(ownerUid);
    owner?.dependents.delete(node);
    // Nobody asks for it any more, and nobody has seen it.
    if (owner?.virtual === true && owner.dependents.size === 0) this.#nodes.delete(ownerUid);
  }

  #check(dependent: MutableNode, owner: MutableNode): void {
    for (const reference of dependent.owners) {
      if (reference.uid !== owner.identity.uid || refersTo(reference, dependent.identity, owner.identity)) continue;
      const { namespace } = owner.identity;
      if (namespace !== undefined && namespace !== dependent.identity.namespace) {
        this.#work.invalidNamespace(dependent.identity, reference);
      }
      this.#work.attempt(dependent.identity.uid);
    }
  }

  #attemptIfPresent(uid: string): void {
    if (this.#nodes.has(uid)) this.#work.attempt(uid);
  }
}

function newNode(identity: Identity, virtual: boolean): MutableNode {
  return { identity, virtual, owners: [], beingDeleted: false, deletingDependents: false, dependents: new Set() };
}

/** True when a dependent's reference means this owner: by every name, and from where it may be named. */
export function refersTo(reference: OwnerReference, dependent: Identity, owner: Identity): boolean {
  return (
    reference.uid === owner.uid &&
    reference.name === owner.name &&
    reference.kind === owner.kind &&
    reference.apiVersion === owner.apiVersion &&
    (owner.namespace === undefined || owner.namespace === dependent.namespace)
  );
}
