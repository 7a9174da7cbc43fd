import { isJsonObject } from '../../machinery/json.ts';
import type { GroupVersionKind } from '../../api/kind.ts';

/** What another server serves of one version of a group, in the form of aggregated discovery. */
export interface RemoteVersion {
  readonly resources: readonly unknown[];
}

type Json = Readonly<Record<string, unknown>>;
const items = (value: unknown): readonly Json[] => (Array.isArray(value) ? value.filter(isJsonObject) : []);

/** The media types of aggregated discovery, newest first. */
export const aggregatedTypes = ['v2', 'v2beta1'].map(
  (version) => `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
);

/** Whether an answer is aggregated discovery, by its type. */
export function isAggregated(contentType: string | undefined): boolean {
  const text = (contentType ?? '').toLowerCase().replaceAll(' ', '');
  return text.includes('g=apidiscovery.k8s.io') && text.includes('as=apigroupdiscoverylist');
}

/** Old clients fall over a resource without it. */
function withKind(resource: Json): Json {
  const { responseKind = { group: '', version: '', kind: '' }, subresources } = resource;
  return {
    ...resource,
    responseKind,
    ...(subresources === undefined ? {} : { subresources: items(subresources).map(withKind) }),
  };
}

/** One version out of an APIGroupDiscoveryList; without resources where the list has no such version. */
export function versionOfAggregated(document: unknown, group: string, version: string): RemoteVersion {
  if (!isJsonObject(document)) throw new Error('the answer is no APIGroupDiscoveryList');
  const groups = items((document as Json)['items']);
  const versions = groups
    .filter(({ metadata }) => isJsonObject(metadata) && (metadata as Json)['name'] === group)
    .flatMap(({ versions: all }) => items(all));
  const found = versions.find((each) => each['version'] === version);
  return { resources: items(found?.['resources']).map(withKind) };
}

function kindOf(entry: Json): GroupVersionKind {
  const text = (name: string): string => (typeof entry[name] === 'string' ? entry[name] : '');
  return { group: text('group'), version: text('version'), kind: text('kind') };
}

/** The same of an APIResourceList, as servers answer that know no other form. */
export function versionOfResourceList(document: unknown): RemoteVersion {
  if (!isJsonObject(document)) throw new Error('the answer is no APIResourceList');
  const entries = items((document as Json)['resources']);
  const nameOf = ({ name }: Json): string => (typeof name === 'string' ? name : '');
  const subresources = Map.groupBy(
    entries.filter((entry) => nameOf(entry).includes('/')),
    (entry) => nameOf(entry).split('/', 1)[0],
  );
  const resources = entries
    .filter((entry) => !nameOf(entry).includes('/'))
    .map((entry) => {
      const { singularName = '', namespaced, verbs = [], shortNames, categories } = entry;
      const below = (subresources.get(nameOf(entry)) ?? []).map((each) => ({
        subresource: nameOf(each).slice(nameOf(entry).length + 1),
        responseKind: kindOf(each),
        verbs: each['verbs'] ?? [],
      }));
      return {
        resource: nameOf(entry),
        responseKind: kindOf(entry),
        scope: namespaced === true ? 'Namespaced' : 'Cluster',
        singularResource: singularName,
        verbs,
        ...(shortNames === undefined ? {} : { shortNames }),
        ...(categories === undefined ? {} : { categories }),
        ...(below.length === 0 ? {} : { subresources: below }),
      };
    });
  return { resources };
}

/** Which documents an index of `/openapi/v3` has for one version of a group, by path: where each is to be had. */
export function openApiPath(index: unknown, group: string, version: string): string | undefined {
  const paths = isJsonObject(index) ? (index as Json)['paths'] : undefined;
  const entry = isJsonObject(paths) ? (paths as Json)[`apis/${group}/${version}`] : undefined;
  const url = isJsonObject(entry) ? (entry as Json)['serverRelativeURL'] : undefined;
  const prefix = `/openapi/v3/apis/${group}/${version}`;
  return typeof url === 'string' && (url === prefix || url.startsWith(`${prefix}?`)) ? url : undefined;
}
