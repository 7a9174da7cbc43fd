import type { Namespace } from '../../api/core/namespace.schema.ts';
import type { DeleteOptions } from '../../api/meta/meta.schema.ts';
import type { KubeObject, Unsaved } from '../../api/object.ts';
import type { Resource } from '../../api/resources.ts';
import * as known from '../../api/resources.ts';
import { apiVersionOf, namespaces } from '../../api/resources.ts';
import { StatusError } from '../../api/status-error.ts';
import type { ObjectAddress } from '../../client/api-client.ts';
import { collectionPath } from '../../client/resource-path.ts';
import { FakeClient } from '../../client/testing/fake-client.ts';
import { collectionOf } from '../../client/testing/fake-storage.ts';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/**
 * The fake API server with what controllers may rely on of the real one: `spec`, `status` and `metadata` are there,
 * discovery, deletion of collections, propagation policies, and namespaces that stay until they are finalized.
 */
export class TestServer extends FakeClient {
  /** What discovery shows. */
  readonly resources: Resource[] = (Object.values(known) as unknown[]).filter(isStored);

  override async create<T extends KubeObject>(resource: Resource<T>, object: Unsaved<T>): Promise<T> {
    // In one step: a watch must not see an object to which a second write adds its status.
    await Promise.resolve();
    const { name, namespace } = object.metadata;
    this.actions.push({
      verb: 'create',
      resource: collectionOf(resource),
      namespace,
      name,
      subresource: undefined,
      body: object,
    });
    if (name !== undefined && this.stored(resource, name, namespace) !== undefined) {
      throw new StatusError('AlreadyExists', `${resource.plural} ${JSON.stringify(name)} already exists`);
    }
    const spec = resource.kind === 'Namespace' ? { spec: { finalizers: ['kubernetes'] } } : {};
    return this.seed(resource, { ...object, ...spec, status: {} });
  }

  override async delete<T extends KubeObject>(
    resource: Resource<T>,
    address: ObjectAddress,
    options: Partial<DeleteOptions> = {},
  ): Promise<void> {
    const object = this.stored(resource, address.name, address.namespace);
    const finalizer = { Foreground: 'foregroundDeletion', Orphan: 'orphan' }[options.propagationPolicy ?? ''];
    const { resourceVersion } = options.preconditions ?? {};
    const meant = (resourceVersion ?? object?.metadata.resourceVersion) === object?.metadata.resourceVersion;
    if (object !== undefined && finalizer !== undefined && meant) {
      const finalizers = [...new Set([...(object.metadata.finalizers ?? []), finalizer])];
      this.seed(resource, { ...object, metadata: { ...object.metadata, finalizers } });
      const preconditions = { uid: object.metadata.uid };
      return super.delete(resource, address, { ...options, preconditions });
    }
    if (object !== undefined && isHeldNamespace(object)) {
      const metadata = { ...object.metadata, deletionTimestamp: new Date().toISOString() };
      this.seed(resource, { ...object, metadata, status: { phase: 'Terminating' } });
      return;
    }
    await super.delete(resource, address, options);
  }

  override async update<T extends KubeObject>(
    resource: Resource<T>,
    object: T,
    options: { subresource?: string } = {},
  ): Promise<T> {
    const { name, namespace } = object.metadata;
    const old = this.stored(resource, name, namespace);
    // The fake knows metadata's finalizers only; a namespace is held by those of its spec.
    if (old !== undefined && isHeldNamespace(old) && isHeldNamespace(object)) {
      this.actions.push({
        verb: 'update',
        resource: collectionOf(resource),
        namespace,
        name,
        subresource: options.subresource,
        body: object,
      });
      return this.seed(resource, object);
    }
    return super.update(resource, object, options);
  }

  override async raw(method: string, path: string, body?: unknown): Promise<{ status: number; body: Buffer }> {
    await super.raw(method, path, body);
    if (method === 'DELETE') return this.#deleteCollection(path, body as Partial<DeleteOptions>);
    const answer = this.#discover(path);
    return { status: answer === undefined ? 404 : 200, body: Buffer.from(JSON.stringify(answer ?? {})) };
  }

  #discover(path: string): unknown {
    const groups = Map.groupBy(this.resources, (resource) => apiVersionOf(resource));
    if (path === '/api') return { versions: ['v1'] };
    if (path === '/apis') {
      const named = [...groups.keys()]
        .filter((groupVersion) => groupVersion !== 'v1')
        .map((groupVersion) => groupVersion.split('/'));
      return {
        groups: named.map(([name, version]) => ({ name, versions: [{ version }], preferredVersion: { version } })),
      };
    }
    const served = groups.get(path.replace(/^\/apis?\//, ''));
    return served === undefined
      ? undefined
      : { resources: served.map(({ plural, kind, namespaced }) => ({ name: plural, kind, namespaced, verbs })) };
  }

  async #deleteCollection(path: string, options: Partial<DeleteOptions>): Promise<{ status: number; body: Buffer }> {
    const namespace = /\/namespaces\/([^/]+)\//.exec(path)?.[1];
    const resource = this.resources.find((candidate) => collectionPath(candidate, namespace) === path);
    if (resource === undefined || namespace === undefined) return { status: 404, body: Buffer.from('{}') };
    for (const { metadata } of this.all(resource)) {
      if (metadata.namespace === namespace) await this.delete(resource, { name: metadata.name, namespace }, options);
    }
    return { status: 200, body: Buffer.from('{}') };
  }
}

function isStored(value: unknown): value is Resource {
  return typeof value === 'object' && value !== null && 'plural' in value && !String(value.plural).endsWith('reviews');
}

function isHeldNamespace(object: KubeObject): boolean {
  return object.kind === namespaces.kind && ((object as Namespace).spec.finalizers ?? []).length > 0;
}
