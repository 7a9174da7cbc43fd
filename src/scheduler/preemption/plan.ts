import type { Pod } from '../../api/core/pod.schema.ts';
import type { PodDisruptionBudget } from '../../api/policy/pod-disruption-budget.schema.ts';
import { NodeInfo } from '../node-info.ts';
import { fitsOn } from '../place.ts';
import type { ClusterView } from '../plugin.ts';
import { priorityOf } from '../priority.ts';
import { violatingPods } from './budgets.ts';

/** Where a pod finds room, once these pods of lower priority have gone. */
export interface Preemption {
  readonly node: string;
  readonly victims: readonly Pod[];
}

interface Candidate extends Preemption {
  /** How many victims their budgets would keep. */
  readonly violations: number;
}

/**
 * Chooses pods to end so that `pod` fits, after upstream's DefaultPreemption: on each of the `nodes` as few as possible
 * and the least important ones, and then the node whose victims matter least. Undefined where it would not help.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
 */
export function planPreemption(
  pod: Pod,
  cluster: ClusterView,
  { nodes, budgets }: { readonly nodes: readonly NodeInfo[]; readonly budgets: readonly PodDisruptionBudget[] },
): Preemption | undefined {
  const candidates = nodes.flatMap((info) => candidateOn(pod, cluster, { info, budgets }) ?? []);
  return candidates.toSorted(byDamage)[0];
}

function candidateOn(
  pod: Pod,
  cluster: ClusterView,
  { info, budgets }: { readonly info: NodeInfo; readonly budgets: readonly PodDisruptionBudget[] },
): Candidate | undefined {
  const lower = info.pods.filter((other) => priorityOf(other) < priorityOf(pod)).toSorted(byImportance);
  if (lower.length === 0) return undefined;
  const rest = copyOf(info);
  for (const { metadata } of lower) rest.remove(metadata.uid);
  const view = { ...cluster, nodes: cluster.nodes.map((other) => (other.name === info.name ? rest : other)) };
  if (!fitsOn(pod, view, rest)) return undefined;
  // All may go; now as many as possible are let stay, those first whom a budget or their importance protects.
  const violating = violatingPods(lower, budgets);
  const victims: Pod[] = [];
  for (const other of [...lower.filter((one) => violating.has(one)), ...lower.filter((one) => !violating.has(one))]) {
    rest.put(other);
    if (fitsOn(pod, view, rest)) continue;
    rest.remove(other.metadata.uid);
    victims.push(other);
  }
  const violations = victims.filter((victim) => violating.has(victim)).length;
  return { node: info.name, victims: victims.toSorted(byImportance), violations };
}

function copyOf(info: NodeInfo): NodeInfo {
  const copy = new NodeInfo(info.name);
  copy.node = info.node;
  for (const pod of info.pods) copy.put(pod);
  return copy;
}

const startedAt = ({ status }: Pod): number => Date.parse(status.startTime ?? '') || Number.MAX_SAFE_INTEGER;

/** The more important first: by priority, then the one that has run longer. */
function byImportance(a: Pod, b: Pod): number {
  return priorityOf(b) - priorityOf(a) || startedAt(a) - startedAt(b);
}

/** The node where the least is lost comes first. */
function byDamage(a: Candidate, b: Candidate): number {
  const highest = ({ victims }: Candidate): number => Math.max(...victims.map(priorityOf));
  // Priorities may be negative: each victim must count for more than none.
  const sum = ({ victims }: Candidate): number =>
    victims.reduce((total, victim) => total + priorityOf(victim) + 2 ** 31, 0);
  const youngest = (candidate: Candidate): number => {
    const top = candidate.victims.filter((victim) => priorityOf(victim) === highest(candidate));
    return Math.min(...top.map(startedAt));
  };
  return (
    a.violations - b.violations ||
    highest(a) - highest(b) ||
    sum(a) - sum(b) ||
    a.victims.length - b.victims.length ||
    youngest(b) - youngest(a)
  );
}
