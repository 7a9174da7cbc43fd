import type { AnyKind, GroupVersionKind, Subresource, Verb } from '../../api/kind.ts';
import { groupVersion } from '../registry/kind-registry.ts';
import type { ServedGroup, ServedVersion } from './groups.ts';

/** A subresource of a kind as discovery and OpenAPI show it. */
export interface SubresourceEntry {
  readonly name: string;
  readonly verbs: readonly Verb[];
  /** Of what is sent and answered. */
  readonly kind: GroupVersionKind;
}

const readWriteVerbs: readonly Verb[] = ['get', 'patch', 'update'];
export const scaleKind: GroupVersionKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' };

function isSubresource(value: object): value is Subresource {
  return 'verbs' in value;
}

/** The subresources that a kind declares, by name. */
export function subresourcesOf(kind: AnyKind): readonly SubresourceEntry[] {
  const entries: SubresourceEntry[] = [];
  for (const [name, declared] of Object.entries(kind.subresources)) {
    if (declared === undefined) continue;
    if (declared === true) entries.push({ name, verbs: readWriteVerbs, kind });
    else if (isSubresource(declared)) entries.push({ name, verbs: declared.verbs, kind: declared.kind ?? kind });
    else entries.push({ name, verbs: readWriteVerbs, kind: scaleKind });
  }
  return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The body of `/apis/G/V`: an APIResourceList. */
export function resourceList(group: string, { version, kinds }: ServedVersion): unknown {
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: groupVersion({ group, version }),
    resources: kinds.flatMap(resourceEntries),
  };
}

function resourceEntries(kind: AnyKind): unknown[] {
  const { plural, singular, namespaced, verbs, shortNames, categories } = kind;
  const resource = {
    name: plural,
    singularName: singular,
    namespaced,
    kind: kind.kind,
    verbs,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
  };
  const subresources = subresourcesOf(kind).map((entry) => ({
    name: `${plural}/${entry.name}`,
    singularName: '',
    namespaced,
    ...otherGroupVersion(entry.kind, kind),
    kind: entry.kind.kind,
    verbs: entry.verbs,
  }));
  return [resource, ...subresources];
}

/** Group and version, where they are not those of the list. */
function otherGroupVersion(kind: GroupVersionKind, parent: AnyKind): { group?: string; version?: string } {
  if (groupVersion(kind) === groupVersion(parent)) return {};
  return { group: kind.group, version: kind.version };
}

function groupEntry({ name, versions }: ServedGroup) {
  const listed = versions.map(({ version }) => ({ groupVersion: groupVersion({ group: name, version }), version }));
  return { name, versions: listed, preferredVersion: listed[0] };
}

/** The body of `/apis/G`: an APIGroup. */
export function apiGroup(group: ServedGroup): unknown {
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(group) };
}

/** The body of `/apis`: an APIGroupList. */
export function apiGroupList(groups: readonly ServedGroup[]): unknown {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(groupEntry) };
}

export type AggregatedVersion = 'v2' | 'v2beta1';

/** All of some groups in one document: an APIGroupDiscoveryList. */
export function groupDiscoveryList(groups: readonly ServedGroup[], version: AggregatedVersion): unknown {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map(({ name, versions }) => ({
      metadata: name === '' ? {} : { name },
      versions: versions.map((served) => ({
        version: served.version,
        resources: served.aggregated?.resources ?? served.kinds.map(resourceDiscovery),
        freshness: served.aggregated?.isCurrent === false ? 'Stale' : 'Current',
      })),
    })),
  };
}

function resourceDiscovery(kind: AnyKind): unknown {
  const subresources = subresourcesOf(kind).map((entry) => ({
    subresource: entry.name,
    responseKind: responseKind(entry.kind, kind),
    verbs: entry.verbs,
  }));
  return {
    resource: kind.plural,
    responseKind: responseKind(kind, kind),
    scope: kind.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: kind.singular,
    verbs: kind.verbs,
    ...(kind.shortNames.length === 0 ? {} : { shortNames: kind.shortNames }),
    ...(kind.categories.length === 0 ? {} : { categories: kind.categories }),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}

/** Group and version stay empty where they are those of the place in the document. */
function responseKind(kind: GroupVersionKind, parent: AnyKind): GroupVersionKind {
  return { group: '', version: '', ...otherGroupVersion(kind, parent), kind: kind.kind };
}
