import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type {
  ApiClient,
  ListPage,
  ListQuery,
  ObjectAddress,
  PatchOptions,
  PatchType,
  WatchEvent,
  WatchQuery,
} from '../api-client.ts';
import type { DeleteOptions } from '../../api/meta/meta.schema.ts';
import type { KubeObject, Unsaved } from '../../api/object.ts';
import type { Resource } from '../../api/resources.ts';
import { apiVersionOf } from '../../api/resources.ts';
import { StatusError } from '../../api/status-error.ts';
import { ConnectionError } from '../connection-error.ts';
import { applyPatch } from './fake-patch.ts';
import { fieldMatcher, labelMatcher } from './fake-selectors.ts';
import type { FakeEvent } from './fake-storage.ts';
import { collectionOf, FakeStorage } from './fake-storage.ts';

export type FakeVerb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'post' | 'raw';

/** One call that a test's subject made. */
export interface FakeAction {
  readonly verb: FakeVerb;
  /** `pods`, `deployments.apps`. */
  readonly resource: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  /** The object or patch sent, or the path of a raw call. */
  readonly body: unknown;
}

/** Sees each call first; what it throws is what the caller gets. */
export type FakeReactor = (action: FakeAction) => void | Promise<void>;

type Loose = KubeObject & { readonly spec?: { readonly nodeName?: string }; readonly status?: unknown };

/**
 * An API server in memory, for unit tests: resource versions and conflicts, generateName, uid and generation, status
 * as a subresource of every kind, finalizers, graceful deletion of pods that have a node, selectors, watches with
 * resume. It does not default, validate or authorize, and merges lists by guessed keys.
 */
export class FakeClient implements ApiClient {
  /** Every call so far, in order. */
  readonly actions: FakeAction[] = [];
  readonly #storage = new FakeStorage();
  readonly #reactors: FakeReactor[] = [];
  #connection = 0;
  #offline = false;

  /** Puts an object there as it stands, status included, without an action; fills in the metadata that is missing. */
  seed<T extends KubeObject>(resource: Resource<T>, object: Unsaved<T>): T {
    return structuredClone(this.#storage.put(resource, this.#fresh(resource, object))) as T;
  }

  /** The object as stored now, without an action. */
  stored<T extends KubeObject>(resource: Resource<T>, name: string, namespace?: string): T | undefined {
    return structuredClone(this.#storage.find(resource, namespace, name)) as T | undefined;
  }

  /** All objects of the resource as stored now, sorted by namespace and name, without an action. */
  all<T extends KubeObject>(resource: Resource<T>): readonly T[] {
    return structuredClone(this.#storage.list(resource, undefined)) as readonly T[];
  }

  /** The calls that wanted to change something. */
  get writes(): readonly FakeAction[] {
    return this.actions.filter(({ verb }) => ['create', 'update', 'patch', 'delete', 'post'].includes(verb));
  }

  /** Lets `reactor` see each call before it is carried out, and fail it by throwing. Returns a way to take it back. */
  react(reactor: FakeReactor): () => void {
    this.#reactors.push(reactor);
    return () => {
      this.#reactors.splice(this.#reactors.indexOf(reactor), 1);
    };
  }

  /** Breaks all watches, and while `offline` refuses all calls, as a server does that goes away. */
  disconnect(options: { readonly offline?: boolean } = {}): void {
    this.#connection += 1;
    this.#offline = options.offline ?? false;
    this.#storage.wake();
  }

  /** The server answers again after `disconnect`. */
  reconnect(): void {
    this.#offline = false;
  }

  /** Forgets history: watches that resume from before now are refused as Expired. */
  compact(): void {
    this.#storage.compacted = this.#storage.revision;
    this.#storage.events.length = 0;
  }

  async get<T extends KubeObject>(resource: Resource<T>, address: ObjectAddress): Promise<T> {
    await this.#begin('get', resource, address);
    return structuredClone(this.#storage.get(resource, address.namespace, address.name)) as T;
  }

  async list<T extends KubeObject>(resource: Resource<T>, query: ListQuery = {}): Promise<ListPage<T>> {
    await this.#begin('list', resource, query);
    const matches = matcher(query);
    const all = this.#storage.list(resource, query.namespace).filter(matches);
    const start = query.continue === undefined ? 0 : Number(query.continue);
    const end = query.limit === undefined ? all.length : start + query.limit;
    return {
      items: structuredClone(all.slice(start, end)) as readonly KubeObject[] as readonly T[],
      resourceVersion: String(this.#storage.revision),
      continue: end < all.length ? String(end) : undefined,
    };
  }

  async *watch<T extends KubeObject>(
    resource: Resource<T>,
    query: WatchQuery,
    signal: AbortSignal,
  ): AsyncIterable<WatchEvent<T>> {
    await this.#begin('watch', resource, query);
    const storage = this.#storage;
    const connection = this.#connection;
    const matches = matcher(query);
    const fromNow =
      query.resourceVersion === undefined || query.resourceVersion === '' || query.resourceVersion === '0';
    if (fromNow || query.sendInitialEvents === true) {
      const present = storage.list(resource, query.namespace).filter(matches);
      for (const object of present) yield { type: 'ADDED', object: structuredClone(object) as T };
      if (query.sendInitialEvents === true) {
        yield { type: 'BOOKMARK', resourceVersion: String(storage.revision), initialEventsEnd: true };
      }
    }
    let seen = fromNow || query.sendInitialEvents === true ? storage.revision : Number(query.resourceVersion);
    const wake = (): void => storage.wake();
    signal.addEventListener('abort', wake);
    try {
      while (!signal.aborted) {
        if (connection !== this.#connection) throw new ConnectionError('ECONNRESET', 'the watch was cut off');
        if (seen < storage.compacted)
          throw new StatusError('Expired', `too old resource version: ${seen} (${storage.compacted})`);
        const event = storage.next(seen);
        if (event === undefined) {
          await storage.changed();
          continue;
        }
        seen = event.revision;
        const sent = visible<T>(event, resource, query.namespace, matches);
        if (sent !== undefined) yield sent;
      }
    } finally {
      signal.removeEventListener('abort', wake);
    }
  }

  async create<T extends KubeObject>(resource: Resource<T>, object: Unsaved<T>): Promise<T> {
    await this.#begin('create', resource, object.metadata, undefined, object);
    const { status: _, ...withoutStatus } = this.#fresh(resource, object) as Loose;
    const { namespace, name } = withoutStatus.metadata;
    if (this.#storage.find(resource, namespace, name) !== undefined) {
      throw new StatusError('AlreadyExists', `${collectionOf(resource)} ${JSON.stringify(name)} already exists`, {
        name,
        kind: resource.plural,
      });
    }
    return structuredClone(this.#storage.put(resource, withoutStatus)) as T;
  }

  async update<T extends KubeObject>(
    resource: Resource<T>,
    object: T,
    options: { subresource?: string } = {},
  ): Promise<T> {
    await this.#begin('update', resource, object.metadata, options.subresource, object);
    return this.#replace(resource, object, options.subresource);
  }

  updateStatus<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T> {
    return this.update(resource, object, { subresource: 'status' });
  }

  async patch<T extends KubeObject>(
    resource: Resource<T>,
    address: ObjectAddress,
    type: PatchType,
    body: unknown,
    options: PatchOptions = {},
  ): Promise<T> {
    const namespace = address.namespace ?? options.namespace;
    await this.#begin('patch', resource, { name: address.name, namespace }, options.subresource, body);
    const found = this.#storage.find(resource, namespace, address.name);
    if (found === undefined && type === 'apply' && options.subresource === undefined) {
      return structuredClone(this.#storage.put(resource, this.#fresh(resource, body as Unsaved<T>))) as T;
    }
    const target = this.#storage.get(resource, namespace, address.name);
    return this.#replace(resource, applyPatch(type, target, body) as T, options.subresource);
  }

  async delete<T extends KubeObject>(
    resource: Resource<T>,
    address: ObjectAddress,
    options: Partial<DeleteOptions> = {},
  ): Promise<void> {
    await this.#begin('delete', resource, address, undefined, options);
    const object: Loose = this.#storage.get(resource, address.namespace, address.name);
    const { uid, resourceVersion } = options.preconditions ?? {};
    if ((uid ?? object.metadata.uid) !== object.metadata.uid)
      throw conflict(resource, address.name, 'Precondition failed: UID in precondition');
    if ((resourceVersion ?? object.metadata.resourceVersion) !== object.metadata.resourceVersion) {
      throw conflict(resource, address.name, 'Precondition failed: ResourceVersion in precondition');
    }
    const isPod = collectionOf(resource) === 'pods';
    const grace = options.gracePeriodSeconds ?? (isPod ? 30 : 0);
    const graceful = isPod && grace > 0 && object.spec?.nodeName !== undefined;
    if (!graceful && (object.metadata.finalizers ?? []).length === 0) {
      this.#storage.remove(resource, object);
      return;
    }
    if (object.metadata.deletionTimestamp !== undefined && graceful) return;
    const deletionTimestamp =
      object.metadata.deletionTimestamp ?? new Date(Date.now() + grace * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
    const metadata = { ...object.metadata, deletionTimestamp, deletionGracePeriodSeconds: graceful ? grace : 0 };
    this.#storage.put(resource, { ...object, metadata });
  }

  async post<T>(resource: Resource, address: ObjectAddress, subresource: string, body: unknown): Promise<T> {
    await this.#begin('post', resource, address, subresource, body);
    const object: Loose = this.#storage.get(resource, address.namespace, address.name);
    if (subresource === 'binding') {
      const { target } = body as { readonly target: { readonly name: string } };
      if (object.spec?.nodeName !== undefined) {
        throw conflict(
          resource,
          address.name,
          `pod ${address.name} is already assigned to node ${JSON.stringify(object.spec.nodeName)}`,
        );
      }
      const bound: Loose = { ...object, spec: { ...object.spec, nodeName: target.name } };
      this.#storage.put(resource, bound);
    } else if (subresource === 'eviction') {
      await this.delete(resource, address);
    } else if (subresource === 'token') {
      return {
        ...(body as object),
        status: {
          token: `token-of-${address.name}`,
          expirationTimestamp: new Date(Date.now() + 3_600_000).toISOString(),
        },
      } as T;
    } else {
      throw new StatusError('NotFound', `the fake server does not know the subresource ${subresource}`);
    }
    return { kind: 'Status', apiVersion: 'v1', status: 'Success' } as T;
  }

  async raw(method: string, path: string, body?: unknown): Promise<{ status: number; body: Buffer }> {
    await this.#record({
      verb: 'raw',
      resource: '',
      namespace: undefined,
      name: method,
      subresource: undefined,
      body: body ?? path,
    });
    return { status: 200, body: Buffer.from('ok') };
  }

  #begin(
    verb: FakeVerb,
    resource: Resource,
    { namespace, name }: { readonly namespace?: string | undefined; readonly name?: string | undefined },
    subresource?: string,
    body?: unknown,
  ): Promise<void> {
    return this.#record({
      verb,
      resource: collectionOf(resource),
      namespace,
      name,
      subresource,
      body: structuredClone(body),
    });
  }

  async #record(action: FakeAction): Promise<void> {
    // As over a wire, nothing happens before the caller has let go of the event loop's turn.
    await Promise.resolve();
    if (this.#offline) throw new ConnectionError('ECONNREFUSED', 'connect ECONNREFUSED (fake)');
    this.actions.push(action);
    for (const reactor of this.#reactors) await reactor(action);
  }

  #fresh<T extends KubeObject>(resource: Resource<T>, object: Unsaved<T>): KubeObject {
    const { generateName, name } = object.metadata;
    const metadata = {
      uid: randomUUID(),
      creationTimestamp: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
      generation: 1,
      ...object.metadata,
      name: name ?? `${generateName ?? ''}${randomUUID().slice(0, 5)}`,
    };
    return { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind, metadata } as unknown as KubeObject;
  }

  #replace<T extends KubeObject>(resource: Resource<T>, object: T, subresource: string | undefined): T {
    const { namespace, name, resourceVersion } = object.metadata;
    const old: Loose = this.#storage.get(resource, namespace, name);
    if (resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== old.metadata.resourceVersion) {
      throw conflict(
        resource,
        name,
        'the object has been modified; please apply your changes to the latest version and try again',
      );
    }
    const next = subresource === 'status' ? withStatus(old, object) : withoutStatusChange(old, object);
    if (isDeepStrictEqual(next, old)) return structuredClone(old) as KubeObject as T;
    const { deletionTimestamp, finalizers = [], deletionGracePeriodSeconds = 0 } = next.metadata;
    const gone = deletionTimestamp !== undefined && finalizers.length === 0 && deletionGracePeriodSeconds === 0;
    return structuredClone(gone ? this.#storage.remove(resource, next) : this.#storage.put(resource, next)) as T;
  }
}

/** An empty fake server's client. */
export function createFakeClient(): FakeClient {
  return new FakeClient();
}

function conflict(resource: Resource, name: string, detail: string): StatusError {
  return new StatusError(
    'Conflict',
    `Operation cannot be fulfilled on ${collectionOf(resource)} ${JSON.stringify(name)}: ${detail}`,
    { name, kind: resource.plural },
  );
}

function matcher(query: Pick<ListQuery, 'labelSelector' | 'fieldSelector'>): (object: KubeObject) => boolean {
  const labels = labelMatcher(query.labelSelector ?? '');
  const fields = fieldMatcher(query.fieldSelector ?? '');
  return (object) => labels(object) && fields(object);
}

/** How an event looks through a watch's selectors: an object that no longer matches is gone for it. */
function visible<T extends KubeObject>(
  event: FakeEvent,
  resource: Resource<T>,
  namespace: string | undefined,
  matches: (object: KubeObject) => boolean,
): WatchEvent<T> | undefined {
  const { object, old } = event;
  if (event.collection !== collectionOf(resource)) return undefined;
  if (namespace !== undefined && namespace !== '' && object.metadata.namespace !== namespace) return undefined;
  const was = old !== undefined && matches(old);
  const is = event.type !== 'DELETED' && matches(object);
  if (!was && !is) return undefined;
  const type = is ? (was ? 'MODIFIED' : 'ADDED') : 'DELETED';
  return { type, object: structuredClone(object) as T };
}

function withStatus(old: Loose, object: Loose): KubeObject {
  return { ...old, status: object.status } as KubeObject;
}

function withoutStatusChange(old: Loose, object: Loose): KubeObject {
  const { uid, creationTimestamp, deletionTimestamp, deletionGracePeriodSeconds, resourceVersion } = old.metadata;
  const specChanged = !isDeepStrictEqual(object.spec, old.spec);
  const metadata = {
    ...object.metadata,
    uid,
    creationTimestamp,
    resourceVersion,
    generation: (old.metadata.generation ?? 1) + (specChanged ? 1 : 0),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp, deletionGracePeriodSeconds }),
  };
  const { status: _, ...rest } = object;
  return { ...rest, metadata, ...(old.status === undefined ? {} : { status: old.status }) };
}
