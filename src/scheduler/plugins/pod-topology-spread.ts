import type { Pod } from '../../api/core/pod.schema.ts';
import type { TopologySpreadConstraint } from '../../api/core/scheduling.schema.ts';
import type { LabelSelector } from '../../api/meta/meta.schema.ts';
import { selectorMatches } from '../../api/values/label-selector.ts';
import { matchesNodeSelector } from '../../machinery/node-selector.ts';
import type { NodeInfo } from '../node-info.ts';
import type { ClusterView, Plugin, Rejection } from '../plugin.ts';
import { rejected, unresolvable } from '../plugin.ts';
import { untolerated } from '../taints.ts';

const hostnameKey = 'kubernetes.io/hostname';
const reason = "node(s) didn't match pod topology spread constraints";

/** Upstream's soft constraints for pods that name none: over nodes, and over zones. */
const defaults: readonly Omit<TopologySpreadConstraint, 'labelSelector'>[] = [
  { maxSkew: 3, topologyKey: hostnameKey, whenUnsatisfiable: 'ScheduleAnyway' },
  { maxSkew: 5, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' },
];

interface Constraint {
  readonly spec: Omit<TopologySpreadConstraint, 'labelSelector'>;
  readonly selectors: readonly LabelSelector[];
}

/** Spreads pods alike over nodes and zones, as the pod's constraints say or else softly. */
export const podTopologySpread: Plugin = {
  name: 'PodTopologySpread',
  weight: 2,
  events: ['node-added', 'node-updated', 'pod-added', 'pod-updated', 'pod-deleted'],
  prepare: (pod, cluster) => {
    const own = (pod.spec.topologySpreadConstraints ?? []).map((spec) => ownConstraint(pod, spec));
    const hard = own.filter(({ spec }) => spec.whenUnsatisfiable === 'DoNotSchedule');
    const soft = own.length > 0 ? own.filter((constraint) => !hard.includes(constraint)) : byDefault(pod, cluster);
    const checks = hard.map((constraint) => hardCheck(pod, constraint, cluster.nodes));
    return {
      ...(checks.length === 0 ? {} : { filter: (info: NodeInfo) => firstOf(checks, info) }),
      ...(soft.length === 0
        ? {}
        : {
            score: (nodes: readonly NodeInfo[]) =>
              score(pod, nodes, { soft, all: cluster.nodes, strict: own.length > 0 }),
          }),
    };
  },
};

function ownConstraint(pod: Pod, spec: TopologySpreadConstraint): Constraint {
  const { labelSelector, matchLabelKeys = [] } = spec;
  const keyed = matchLabelKeys.flatMap((key): [string, string][] => {
    const value = pod.metadata.labels?.[key];
    return value === undefined ? [] : [[key, value]];
  });
  const selectors = labelSelector === undefined ? [] : [labelSelector];
  return {
    spec,
    selectors: keyed.length === 0 ? selectors : [...selectors, { matchLabels: Object.fromEntries(keyed) }],
  };
}

function byDefault(pod: Pod, cluster: ClusterView): readonly Constraint[] {
  const selectors = cluster.spreadingSelectors(pod);
  return selectors.length === 0 ? [] : defaults.map((spec) => ({ spec, selectors }));
}

function countAlike(pod: Pod, info: NodeInfo, { selectors }: Constraint): number {
  if (selectors.length === 0) return 0;
  return info.pods.filter(({ metadata }) => {
    const counts = metadata.deletionTimestamp === undefined && metadata.namespace === pod.metadata.namespace;
    return counts && selectors.every((selector) => selectorMatches(selector, metadata.labels));
  }).length;
}

/** True when the node takes part in the counting. */
function isEligible(pod: Pod, { node, labels }: NodeInfo, { spec }: Constraint): boolean {
  if (node === undefined || labels[spec.topologyKey] === undefined) return false;
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  if (spec.nodeAffinityPolicy !== 'Ignore') {
    if (!Object.entries(pod.spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value)) return false;
    if (required !== undefined && !matchesNodeSelector(required, node)) return false;
  }
  if (spec.nodeTaintsPolicy !== 'Honor') return true;
  return untolerated(node.spec.taints, pod.spec.tolerations, ['NoSchedule', 'NoExecute']) === undefined;
}

function domainCounts(pod: Pod, nodes: readonly NodeInfo[], constraint: Constraint): Map<string, number> {
  const counts = new Map<string, number>();
  for (const info of nodes) {
    if (!isEligible(pod, info, constraint)) continue;
    const domain = info.labels[constraint.spec.topologyKey] ?? '';
    counts.set(domain, (counts.get(domain) ?? 0) + countAlike(pod, info, constraint));
  }
  return counts;
}

type Check = (info: NodeInfo) => Rejection | undefined;

function hardCheck(pod: Pod, constraint: Constraint, nodes: readonly NodeInfo[]): Check {
  const { topologyKey, maxSkew, minDomains = 1 } = constraint.spec;
  const counts = domainCounts(pod, nodes, constraint);
  // With fewer domains than asked for, the missing ones count as empty.
  const least = counts.size < minDomains || counts.size === 0 ? 0 : Math.min(...counts.values());
  const self =
    constraint.selectors.length > 0 &&
    constraint.selectors.every((selector) => selectorMatches(selector, pod.metadata.labels))
      ? 1
      : 0;
  return ({ labels }) => {
    const domain = labels[topologyKey];
    if (domain === undefined) return unresolvable(`${reason} (missing required label)`);
    return (counts.get(domain) ?? 0) + self - least > maxSkew ? rejected(reason) : undefined;
  };
}

function firstOf(checks: readonly Check[], info: NodeInfo): Rejection | undefined {
  for (const check of checks) {
    const rejection = check(info);
    if (rejection !== undefined) return rejection;
  }
  return undefined;
}

interface Scoring {
  readonly soft: readonly Constraint[];
  readonly all: readonly NodeInfo[];
  /** Nodes that lack a constraint's label score nothing; with the defaults, the label's constraint counts nothing. */
  readonly strict: boolean;
}

function score(pod: Pod, nodes: readonly NodeInfo[], { soft, all, strict }: Scoring): readonly number[] {
  const ignored = (info: NodeInfo): boolean =>
    strict && soft.some(({ spec }) => info.labels[spec.topologyKey] === undefined);
  const parts = soft.map((constraint) => {
    const counts = domainCounts(pod, all, constraint);
    const domains = new Set(nodes.flatMap(({ labels }) => labels[constraint.spec.topologyKey] ?? []));
    return { constraint, counts, weight: Math.log(domains.size + 2) };
  });
  const raw = nodes.map((info) =>
    ignored(info)
      ? undefined
      : Math.round(
          parts.reduce((sum, { constraint, counts, weight }) => {
            const domain = info.labels[constraint.spec.topologyKey];
            if (domain === undefined) return sum;
            return sum + (counts.get(domain) ?? 0) * weight + (constraint.spec.maxSkew - 1);
          }, 0),
        ),
  );
  const known = raw.filter((value) => value !== undefined);
  const [min, max] = [Math.min(...known), Math.max(...known)];
  return raw.map((value) => {
    if (value === undefined) return 0;
    return max === 0 ? 100 : Math.floor((100 * (max + min - value)) / max);
  });
}
