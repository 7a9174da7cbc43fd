import type { PolicyRule } from '../../../api/rbac/shared.schema.ts';

export const read = ['get', 'list', 'watch'];
export const write = ['create', 'delete', 'deletecollection', 'patch', 'update'];
export const readWrite = [...write, ...read].toSorted();

/** One rule for resources: verbs, API groups and resources, each as a list or as words with spaces between. */
export function rule(verbs: string | readonly string[], groups: string, resources: string): PolicyRule {
  return {
    verbs: typeof verbs === 'string' ? verbs.split(' ') : verbs,
    // The core group's real name is empty, which would get lost between spaces.
    apiGroups: groups.split(' ').map((group) => (group === 'core' ? '' : group)),
    resources: resources.split(' '),
  };
}

/** One rule for the objects with the given names. */
export function namedRule(verbs: string, group: string, resource: string, ...names: readonly string[]): PolicyRule {
  return { ...rule(verbs, group, resource), resourceNames: names };
}

/** One rule for paths that are no resources. */
export function pathRule(verbs: string, ...urls: readonly string[]): PolicyRule {
  return { verbs: verbs.split(' '), nonResourceURLs: urls };
}

/** Events in both of their groups: nearly every component writes them. */
export const writeEvents = rule('create patch update', 'core events.k8s.io', 'events');
