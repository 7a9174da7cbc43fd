import type { Pod } from '../api/core/pod.schema.ts';
import type { Diagnosis } from './messages.ts';
import type { NodeInfo } from './node-info.ts';
import type { ClusterView, Plugin, PodCheck, Rejection } from './plugin.ts';
import { balancedAllocation } from './plugins/balanced-allocation.ts';
import { imageLocality } from './plugins/image-locality.ts';
import { interPodAffinity } from './plugins/inter-pod-affinity.ts';
import { nodeAffinity } from './plugins/node-affinity.ts';
import { nodeName } from './plugins/node-name.ts';
import { nodePorts } from './plugins/node-ports.ts';
import { nodeResourcesFit } from './plugins/node-resources-fit.ts';
import { nodeUnschedulable } from './plugins/node-unschedulable.ts';
import { podTopologySpread } from './plugins/pod-topology-spread.ts';
import { taintToleration } from './plugins/taint-toleration.ts';
import { dynamicResources } from './plugins/dynamic-resources.ts';
import { volumeBinding } from './plugins/volume-binding.ts';

/** All plugins in upstream's order: of several reasons against a node, the first one's is told. */
export const plugins: readonly Plugin[] = [
  nodeUnschedulable,
  nodeName,
  taintToleration,
  nodeAffinity,
  nodePorts,
  nodeResourcesFit,
  volumeBinding,
  dynamicResources,
  podTopologySpread,
  interPodAffinity,
  balancedAllocation,
  imageLocality,
];

export type Placement =
  | { readonly node: string }
  | {
      readonly node: undefined;
      readonly diagnosis: Diagnosis;
      /** The plugins whose events may change the outcome. */
      readonly rejectedBy: readonly Plugin[];
      /** The nodes that might take the pod if others left them. */
      readonly resolvable: readonly NodeInfo[];
    };

/** Chooses the node for a pod: of those that every plugin lets it onto, the one with the highest score. */
export function place(pod: Pod, cluster: ClusterView): Placement {
  const checks: { readonly plugin: Plugin; readonly check: PodCheck }[] = [];
  for (const plugin of plugins) {
    const check = plugin.prepare(pod, cluster);
    if (check.refusal !== undefined) {
      const diagnosis = { nodeCount: cluster.nodes.length, refusal: check.refusal, rejections: [] };
      return { node: undefined, diagnosis, rejectedBy: [plugin], resolvable: [] };
    }
    checks.push({ plugin, check });
  }
  const rejectedBy = new Set<Plugin>();
  const rejections: Rejection[] = [];
  const resolvable: NodeInfo[] = [];
  const fitting = cluster.nodes.filter((info) => {
    for (const { plugin, check } of checks) {
      const rejection = check.filter?.(info);
      if (rejection === undefined) continue;
      rejectedBy.add(plugin);
      rejections.push(rejection);
      if (!rejection.unresolvable) resolvable.push(info);
      return false;
    }
    return true;
  });
  if (fitting.length === 0) {
    const diagnosis = { nodeCount: cluster.nodes.length, rejections };
    return { node: undefined, diagnosis, rejectedBy: [...rejectedBy], resolvable };
  }
  return { node: best(fitting, checks) };
}

/** True when every plugin lets the pod onto this one node of the cluster. */
export function fitsOn(pod: Pod, cluster: ClusterView, info: NodeInfo): boolean {
  return plugins.every((plugin) => {
    const check = plugin.prepare(pod, cluster);
    return check.refusal === undefined && check.filter?.(info) === undefined;
  });
}

function best(nodes: readonly NodeInfo[], checks: readonly { plugin: Plugin; check: PodCheck }[]): string {
  const totals = nodes.map(() => 0);
  if (nodes.length > 1) {
    for (const { plugin, check } of checks) {
      const scores = check.score?.(nodes) ?? [];
      for (const [index, score] of scores.entries()) totals[index] = (totals[index] ?? 0) + score * plugin.weight;
    }
  }
  const ranked = nodes.map((info, index) => ({ info, total: totals[index] ?? 0 }));
  // Upstream draws lots among equals; the emptier node is as fair and can be foreseen.
  ranked.sort((a, b) => b.total - a.total || a.info.podCount - b.info.podCount);
  return ranked[0]?.info.name ?? '';
}
