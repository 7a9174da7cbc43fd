import type { AggregatedApis } from '../aggregation/aggregation.ts';
import type { ServedGroup, ServedVersion } from './groups.ts';
import { compareVersions } from './groups.ts';

/** Before all others, whatever APIServices say. */
const firstGroup = 'apiregistration.k8s.io';

/**
 * The groups of this server and of those behind APIServices, in the order that the APIServices' priorities give: where
 * both serve a version, the other server answers for it.
 */
export function withAggregated(own: readonly ServedGroup[], apis: AggregatedApis): readonly ServedGroup[] {
  const groups = new Map(
    own.map(({ name, versions }) => [name, new Map(versions.map((each) => [each.version, each]))]),
  );
  for (const aggregated of apis.versions()) {
    const versions = groups.get(aggregated.group) ?? new Map<string, ServedVersion>();
    versions.set(aggregated.version, { version: aggregated.version, kinds: [], aggregated });
    groups.set(aggregated.group, versions);
  }
  return [...groups]
    .map(([name, versions]) => sortedGroup(name, [...versions.values()], apis))
    .toSorted((a, b) => b.priority - a.priority || (a.group.name < b.group.name ? -1 : 1))
    .map(({ group }) => group);
}

function sortedGroup(name: string, versions: readonly ServedVersion[], apis: AggregatedApis) {
  const priorities = new Map(versions.map(({ version }) => [version, apis.priority(name, version)]));
  const of = (version: string): number => priorities.get(version)?.version ?? 0;
  const sorted = versions.toSorted((a, b) => of(b.version) - of(a.version) || compareVersions(a.version, b.version));
  const highest = Math.max(...[...priorities.values()].map((priority) => priority?.group ?? 0));
  const priority = name === '' || name === firstGroup ? Number.MAX_SAFE_INTEGER : highest;
  return { group: { name, versions: sorted }, priority };
}
