import type { Pod } from '../../api/core/pod.schema.ts';
import type { PodAffinityTerm } from '../../api/core/scheduling.schema.ts';
import { selectorMatches } from '../../api/values/label-selector.ts';
import type { NodeInfo } from '../node-info.ts';
import type { ClusterView, Plugin, Rejection } from '../plugin.ts';
import { rejected, unresolvable } from '../plugin.ts';

/** How much upstream lets required affinities of pods already there draw others near. */
const hardAffinityWeight = 1;

/** Places pods near to, or away from, other pods. */
export const interPodAffinity: Plugin = {
  name: 'InterPodAffinity',
  weight: 2,
  events: ['node-added', 'node-updated', 'pod-added', 'pod-updated', 'pod-deleted'],
  prepare: (pod, cluster) => {
    const near = pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const apart = pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const guarded = cluster.nodes.flatMap(({ pods, labels }) => guardedDomains(pods, labels, { pod, cluster }));
    // Only a pod that meets all of the terms counts for any of them.
    const nearDomains = near.map((term) => domainsWith(term.topologyKey, near, { pod, cluster }));
    const apartDomains = apart.map((term) => domainsWith(term.topologyKey, [term], { pod, cluster }));
    // The first of a group that wants to be together has nobody to go to, and may start anywhere.
    const isFirst =
      nearDomains.every(({ size }) => size === 0) && near.every((term) => meansPod(term, pod, { other: pod, cluster }));
    const attracts = ({ topologyKey }: PodAffinityTerm, index: number, { labels }: NodeInfo): boolean => {
      const domain = labels[topologyKey];
      return domain !== undefined && (isFirst || nearDomains[index]?.has(domain) === true);
    };
    const scores = scoringTerms(pod, cluster);
    const filter = (info: NodeInfo): Rejection | undefined => {
      if (!near.every((term, index) => attracts(term, index, info))) {
        return unresolvable("node(s) didn't match pod affinity rules");
      }
      if (apart.some((term, index) => apartDomains[index]?.has(info.labels[term.topologyKey] ?? '\0'))) {
        return rejected("node(s) didn't match pod anti-affinity rules");
      }
      if (guarded.some(({ key, domain }) => info.labels[key] === domain)) {
        return rejected("node(s) didn't satisfy existing pods anti-affinity rules");
      }
      return undefined;
    };
    const filters = near.length + apart.length + guarded.length > 0;
    return {
      ...(filters ? { filter } : {}),
      ...(scores.length === 0 ? {} : { score: (nodes: readonly NodeInfo[]) => score(nodes, scores) }),
    };
  },
};

/** True when the term, written in `owner`'s spec, means `other`. */
function meansPod(
  term: PodAffinityTerm,
  owner: Pod,
  { other, cluster }: { other: Pod; cluster: ClusterView },
): boolean {
  const { namespaces = [], namespaceSelector, labelSelector, matchLabelKeys = [], mismatchLabelKeys = [] } = term;
  const { namespace, labels } = other.metadata;
  const own = namespaces.length === 0 && namespaceSelector === undefined;
  const inScope =
    (own && namespace === owner.metadata.namespace) ||
    namespaces.includes(namespace) ||
    (namespaceSelector !== undefined && selectorMatches(namespaceSelector, cluster.namespaceLabels(namespace)));
  const ownLabel = (key: string): string | undefined => owner.metadata.labels?.[key];
  return (
    inScope &&
    selectorMatches(labelSelector, labels) &&
    matchLabelKeys.every((key) => ownLabel(key) === undefined || ownLabel(key) === labels?.[key]) &&
    mismatchLabelKeys.every((key) => ownLabel(key) === undefined || ownLabel(key) !== labels?.[key])
  );
}

/** The domains in which there is a pod that all of the terms mean. */
function domainsWith(
  topologyKey: string,
  terms: readonly PodAffinityTerm[],
  { pod, cluster }: { readonly pod: Pod; readonly cluster: ClusterView },
): ReadonlySet<string> {
  const domains = new Set<string>();
  for (const { labels, pods } of cluster.nodes) {
    const domain = labels[topologyKey];
    if (domain === undefined || domains.has(domain)) continue;
    const meant = pods.some((other) => terms.every((term) => meansPod(term, pod, { other, cluster })));
    if (meant) domains.add(domain);
  }
  return domains;
}

/** The domains that pods already there keep this pod out of. */
function guardedDomains(
  pods: readonly Pod[],
  labels: Readonly<Record<string, string>>,
  { pod, cluster }: { readonly pod: Pod; readonly cluster: ClusterView },
): readonly { readonly key: string; readonly domain: string }[] {
  return pods.flatMap((existing) => {
    const terms = existing.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    return terms.flatMap((term) => {
      const domain = labels[term.topologyKey];
      if (domain === undefined || !meansPod(term, existing, { other: pod, cluster })) return [];
      return [{ key: term.topologyKey, domain }];
    });
  });
}

interface ScoringTerm {
  readonly key: string;
  readonly domain: string;
  readonly weight: number;
}

/** What each domain gains or loses by the pods in it: by this pod's wishes, and by theirs. */
function scoringTerms(pod: Pod, cluster: ClusterView): readonly ScoringTerm[] {
  const mine = weightedTerms(pod, 0);
  return cluster.nodes.flatMap(({ labels, pods }) =>
    pods.flatMap((existing) => {
      const wanted = mine.filter(({ term }) => meansPod(term, pod, { other: existing, cluster }));
      const theirs = weightedTerms(existing, hardAffinityWeight).filter(({ term }) => {
        return meansPod(term, existing, { other: pod, cluster });
      });
      return [...wanted, ...theirs].flatMap(({ term, weight }) => {
        const domain = labels[term.topologyKey];
        return domain === undefined ? [] : [{ key: term.topologyKey, domain, weight }];
      });
    }),
  );
}

function weightedTerms(pod: Pod, hardWeight: number): readonly { term: PodAffinityTerm; weight: number }[] {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  const near = podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const apart = podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  const hard = hardWeight === 0 ? [] : (podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []);
  return [
    ...near.map(({ podAffinityTerm, weight }) => ({ term: podAffinityTerm, weight })),
    ...apart.map(({ podAffinityTerm, weight }) => ({ term: podAffinityTerm, weight: -weight })),
    ...hard.map((term) => ({ term, weight: hardWeight })),
  ];
}

function score(nodes: readonly NodeInfo[], terms: readonly ScoringTerm[]): readonly number[] {
  const sums = nodes.map(({ labels }) =>
    terms.reduce((sum, { key, domain, weight }) => (labels[key] === domain ? sum + weight : sum), 0),
  );
  const [min, max] = [Math.min(...sums), Math.max(...sums)];
  return sums.map((sum) => (max === min ? 0 : Math.floor((100 * (sum - min)) / (max - min))));
}
