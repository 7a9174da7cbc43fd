import type { ListQuery, ObjectAddress, WatchQuery } from './api-client.ts';
import type { Resource } from '../api/resources.ts';

/** The path of a resource's collection: of one namespace, or of all when `namespace` is left out. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const { group, version, plural, namespaced } = resource;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return namespaced && namespace !== undefined && namespace !== ''
    ? `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`
    : `${root}/${plural}`;
}

/**
 * The path of one object, or of its subresource. Throws TypeError for an address that cannot name an object: such a
 * path would reach the whole collection, which is ruinous in a delete.
 */
export function objectPath(resource: Resource, address: ObjectAddress, subresource?: string): string {
  const { name, namespace } = address;
  if (name === '') throw new TypeError(`resource name may not be empty (${resource.plural})`);
  if (resource.namespaced && (namespace === undefined || namespace === '')) {
    throw new TypeError(`an empty namespace may not be set when a resource name is provided (${resource.plural})`);
  }
  const path = `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** Appends the parameters that have a value. */
export function withParameters(
  path: string,
  parameters: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  const text = search.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** Path and query of a list. */
export function listPath(resource: Resource, query: ListQuery): string {
  const { namespace, ...parameters } = query;
  return withParameters(collectionPath(resource, namespace), parameters);
}

/** Path and query of a watch; bookmarks are always asked for, since they keep the revision to resume from fresh. */
export function watchPath(resource: Resource, query: WatchQuery): string {
  const { namespace, sendInitialEvents, ...parameters } = query;
  return withParameters(collectionPath(resource, namespace), {
    watch: true,
    allowWatchBookmarks: true,
    ...parameters,
    ...(sendInitialEvents === undefined
      ? {}
      : { sendInitialEvents, resourceVersionMatch: sendInitialEvents ? 'NotOlderThan' : undefined }),
  });
}
