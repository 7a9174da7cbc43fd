import type { KubeObject } from '../../api/object.ts';
import type { Resource } from '../../api/resources.ts';
import { StatusError } from '../../api/status-error.ts';

export interface FakeEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly revision: number;
  readonly collection: string;
  readonly object: KubeObject;
  readonly old: KubeObject | undefined;
}

/** `pods`, `deployments.apps`: the name of a resource's objects. */
export function collectionOf(resource: Resource): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

function address(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/** Objects with one revision counter and the log of all changes. */
export class FakeStorage {
  readonly #collections = new Map<string, Map<string, KubeObject>>();
  readonly #wakers = new Set<() => void>();
  readonly events: FakeEvent[] = [];
  revision = 1;
  /** Watches from before this revision are refused. */
  compacted = 0;

  find(resource: Resource, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.#collection(resource).get(address(namespace, name));
  }

  get(resource: Resource, namespace: string | undefined, name: string): KubeObject {
    const object = this.find(resource, namespace, name);
    if (object !== undefined) return object;
    throw new StatusError('NotFound', `${collectionOf(resource)} ${JSON.stringify(name)} not found`, {
      name,
      kind: resource.plural,
      ...(resource.group === '' ? {} : { group: resource.group }),
    });
  }

  list(resource: Resource, namespace: string | undefined): readonly KubeObject[] {
    const all = [...this.#collection(resource).entries()].toSorted(([a], [b]) => (a < b ? -1 : 1));
    const objects = all.map(([, object]) => object);
    return namespace === undefined || namespace === ''
      ? objects
      : objects.filter((object) => object.metadata.namespace === namespace);
  }

  /** Stores a version of the object under a revision of its own, and tells the watches. */
  put(resource: Resource, object: KubeObject): KubeObject {
    const key = address(object.metadata.namespace, object.metadata.name);
    const old = this.#collection(resource).get(key);
    const stored = this.#stamp(object);
    this.#collection(resource).set(key, stored);
    this.#record(resource, old === undefined ? 'ADDED' : 'MODIFIED', stored, old);
    return stored;
  }

  remove(resource: Resource, object: KubeObject): KubeObject {
    const { namespace, name } = object.metadata;
    const old = this.get(resource, namespace, name);
    this.#collection(resource).delete(address(namespace, name));
    const last = this.#stamp(object);
    this.#record(resource, 'DELETED', last, old);
    return last;
  }

  /** The first event after `revision`. */
  next(revision: number): FakeEvent | undefined {
    const oldest = this.events[0]?.revision ?? 0;
    return this.events[Math.max(revision + 1 - oldest, 0)];
  }

  /** Resolves at the next change, or at `wake`. */
  changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#wakers.add(resolve);
    });
  }

  wake(): void {
    for (const waker of this.#wakers) waker();
    this.#wakers.clear();
  }

  #collection(resource: Resource): Map<string, KubeObject> {
    const name = collectionOf(resource);
    let found = this.#collections.get(name);
    if (found === undefined) this.#collections.set(name, (found = new Map()));
    return found;
  }

  #stamp(object: KubeObject): KubeObject {
    this.revision += 1;
    return structuredClone({ ...object, metadata: { ...object.metadata, resourceVersion: String(this.revision) } });
  }

  #record(resource: Resource, type: FakeEvent['type'], object: KubeObject, old: KubeObject | undefined): void {
    this.events.push({ type, revision: this.revision, collection: collectionOf(resource), object, old });
    this.wake();
  }
}
