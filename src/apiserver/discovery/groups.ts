import type { AnyKind } from '../../api/kind.ts';
import type { AggregatedVersion } from '../aggregation/aggregation.ts';

export interface ServedVersion {
  readonly version: string;
  /** In the order of their plural names. */
  readonly kinds: readonly AnyKind[];
  /** Set where another server answers for the version, which has no kinds here. */
  readonly aggregated?: AggregatedVersion;
}

export interface ServedGroup {
  /** Empty for the core group. */
  readonly name: string;
  /** The preferred one first. */
  readonly versions: readonly ServedVersion[];
}

/** Groups in the order in which upstream lists them, which decides whose short names win; others follow by name. */
const groupOrder: readonly string[] = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'resource.k8s.io',
  'flowcontrol.apiserver.k8s.io',
];

/** The groups that `kinds` belong to, in the order of discovery. */
export function servedGroups(kinds: readonly AnyKind[]): readonly ServedGroup[] {
  const groups = Map.groupBy(kinds, ({ group }) => group);
  return [...groups]
    .map(([name, members]) => ({ name, versions: servedVersions(members) }))
    .toSorted((a, b) => compareGroups(a.name, b.name));
}

function servedVersions(kinds: readonly AnyKind[]): readonly ServedVersion[] {
  const versions = Map.groupBy(kinds, ({ version }) => version);
  return [...versions]
    .map(([version, members]) => ({ version, kinds: members.toSorted((a, b) => (a.plural < b.plural ? -1 : 1)) }))
    .toSorted((a, b) => compareVersions(a.version, b.version));
}

function compareGroups(a: string, b: string): number {
  const place = (name: string): number => (groupOrder.includes(name) ? groupOrder.indexOf(name) : groupOrder.length);
  return place(a) - place(b) || (a < b ? -1 : 1);
}

interface Parsed {
  readonly major: number;
  /** 3 for a stable version, 2 for a beta, 1 for an alpha, 0 for a name that says nothing. */
  readonly stability: number;
  readonly minor: number;
}

function parseVersion(version: string): Parsed {
  const match = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(version);
  if (match === null) return { major: 0, stability: 0, minor: 0 };
  const stability = match[2] === undefined ? 3 : match[2] === 'beta' ? 2 : 1;
  return { major: Number(match[1]), stability, minor: Number(match[3] ?? 0) };
}

/**
 * Orders versions by the rule of
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#version-priority:
 * stable before beta before alpha, newer before older, anything else last and by name.
 */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [parseVersion(a), parseVersion(b)];
  return y.stability - x.stability || y.major - x.major || y.minor - x.minor || (a < b ? -1 : Number(a > b));
}
